"""ZIP, member by member from the directory at its end (PKWARE's APPNOTE 6.3.10, with Zip64).

zipfile builds an object for each member before the first is read, which for a million of them
takes more memory than a cell has; here the directory is read as it is needed.
"""

from __future__ import annotations

import codecs
import os
import stat
import struct
import zlib
from functools import partial
from typing import BinaryIO, NamedTuple

from documents.ingest.archives.member import (
    SMALL,
    Member,
    Members,
    broken,
    decode_name,
    too_tight,
    unsupported,
)
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.limits import Limits

# A sealed cell can load no codec.
codecs.lookup("cp437")

_END = struct.Struct("<4s4H2LH")
_LONG_END = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s4B4HL2L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_EXTRA = struct.Struct("<2H")
_LONGEST_COMMENT = 0xFFFF
_IN_ZIP64 = 0xFFFFFFFF
_ZIP64, _UNICODE_NAME = 0x0001, 0x7075
_ENCRYPTED, _IS_UTF8 = 0x1, 0x800
_STORED, _DEFLATED = 0, 8
_UNIX, _DOS_DIRECTORY = 3, 0x10
_CHUNK = 1 << 16
# Its members are not looked for by the headers before each: these tell of members too that the
# directory has dropped, and often not how long one is.
CUT_OFF = (
    "Nothing of it was read: the directory that stands at its end is missing."
    " It may have been cut off on its way; send it again."
)


class _Directory(NamedTuple):
    """Where the list of members stands, and how many bytes stand before the archive itself."""

    start: int
    end: int
    before: int


class _Entry(NamedTuple):
    """A line of the directory."""

    name: bytes
    system: int
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    attributes: int
    offset: int
    extra: dict[int, bytes]


def members(source: BinaryIO, limits: Limits) -> Members:
    """Yield the members of a ZIP; raises `archive_broken` and `archive_unsupported`."""
    directory = _directory(source)
    position, packed = directory.start, 0
    index = 0
    while position < directory.end:
        entry, position = _entry(source, position)
        # They lie one after the other; a bomb lays them over each other.
        packed += entry.packed
        if packed > directory.start:
            raise broken("Its entries overlap.")
        yield Member(
            index,
            _name(entry),
            _is_directory(entry),
            partial(_read, source, entry, directory.before, limits),
        )
        index += 1


def _directory(source: BinaryIO) -> _Directory:
    size = source.seek(0, os.SEEK_END)
    tail = _at(source, max(0, size - _END.size - _LONGEST_COMMENT), size)
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END.size:
        raise broken(CUT_OFF)
    end = size - len(tail) + place
    _, disk, _, _, _, length, offset, _ = _END.unpack_from(tail, place)
    if disk not in {0, 0xFFFF}:
        raise unsupported("It is one part of several.")
    locator = _at(source, max(0, end - _LOCATOR.size), end)
    if locator.startswith(b"PK\x06\x07"):
        end, length, offset = _long_end(source, locator)
    start = end - length
    if start < offset:
        raise broken("Its directory is not where it says.")
    return _Directory(start, end, start - offset)


def _long_end(source: BinaryIO, locator: bytes) -> tuple[int, int, int]:
    """Return where the directory ends, its length and its offset, as Zip64 has them."""
    place = _LOCATOR.unpack(locator)[2]
    record = _at(source, place, place + _LONG_END.size)
    if len(record) < _LONG_END.size or not record.startswith(b"PK\x06\x06"):
        raise broken("Its directory is damaged.")
    length, offset = _LONG_END.unpack(record)[-2:]
    return place, length, offset


def _entry(source: BinaryIO, position: int) -> tuple[_Entry, int]:
    """Return the line of the directory at `position`, and where the next one begins."""
    head = _at(source, position, position + _ENTRY.size)
    if len(head) < _ENTRY.size or not head.startswith(b"PK\x01\x02"):
        raise broken("Its directory is damaged.")
    fields = _ENTRY.unpack(head)
    system, flags, method, crc = fields[2], fields[5], fields[6], fields[9]
    lengths = fields[12:15]
    name_end = position + _ENTRY.size + lengths[0]
    name = _at(source, name_end - lengths[0], name_end)
    extra = _extra(_at(source, name_end, name_end + lengths[1]))
    packed, size, offset = _long(extra.get(_ZIP64, b""), fields[10], fields[11], fields[18])
    entry = _Entry(name, system, flags, method, crc, packed, size, fields[17], offset, extra)
    return entry, name_end + sum(lengths[1:])


def _extra(data: bytes) -> dict[int, bytes]:
    fields = {}
    while len(data) >= _EXTRA.size:
        kind, length = _EXTRA.unpack_from(data)
        fields[kind] = data[_EXTRA.size : _EXTRA.size + length]
        data = data[_EXTRA.size + length :]
    return fields


def _long(extra: bytes, packed: int, size: int, offset: int) -> tuple[int, int, int]:
    """Return sizes and offset, those from Zip64's field that do not fit elsewhere."""
    numbers = iter(struct.unpack_from(f"<{len(extra) // 8}Q", extra))
    size, packed, offset = (
        next(numbers, value) if value == _IN_ZIP64 else value for value in (size, packed, offset)
    )
    return packed, size, offset


def _name(entry: _Entry) -> str:
    """Return the name, from Info-ZIP's field in UTF-8 where it belongs to this one."""
    told = entry.extra.get(_UNICODE_NAME, b"")
    if told[1:5] == struct.pack("<L", zlib.crc32(entry.name)):
        return told[5:].decode("utf_8", "replace")
    if entry.flags & _IS_UTF8:
        return entry.name.decode("utf_8", "replace")
    return decode_name(entry.name)


def _mode(entry: _Entry) -> int:
    return stat.S_IFMT(entry.attributes >> 16) if entry.system == _UNIX else 0


def _is_directory(entry: _Entry) -> bool:
    told = stat.S_ISDIR(_mode(entry)) or entry.attributes & _DOS_DIRECTORY
    return entry.name.endswith(b"/") or bool(told and not entry.size)


def _read(source: BinaryIO, entry: _Entry, before: int, limits: Limits) -> bytes:
    """Unpack a member, at most as far as the limits allow."""
    if _mode(entry) not in {0, stat.S_IFREG}:
        raise unsupported("It is a link or a device.")
    if entry.flags & _ENCRYPTED:
        raise ExtractionError(ErrorCode.ARCHIVE_ENCRYPTED)
    if entry.method not in {_STORED, _DEFLATED}:
        raise unsupported(f"It is packed by method {entry.method}.")
    limits.require("file_bytes", entry.size)
    _go_to_data(source, before + entry.offset)
    if entry.method == _STORED:
        content = source.read(min(entry.packed, entry.size))
    else:
        content = _inflated(source, entry, limits)
    if zlib.crc32(content) != entry.crc:
        raise broken("The entry's checksum is wrong.")
    return content


def _inflated(source: BinaryIO, entry: _Entry, limits: Limits) -> bytes:
    """Unpack what may unpack to more than it says."""
    tightest = max(SMALL, limits.archive_ratio * entry.packed)
    room = min(limits.file_bytes, tightest)
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    content = bytearray()
    left = entry.packed
    try:
        while left > 0 and (chunk := source.read(min(left, _CHUNK))):
            left -= len(chunk)
            content += unpacker.decompress(chunk, room + 1 - len(content))
            if len(content) > room:
                break
    except zlib.error as error:
        raise broken(f"The entry cannot be unpacked: {error}.") from error
    limits.require("file_bytes", len(content))
    if len(content) > tightest:
        raise too_tight(limits)
    return bytes(content)


def _go_to_data(source: BinaryIO, offset: int) -> None:
    head = _at(source, offset, offset + _LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
        raise broken("The entry is not where the directory says.")
    source.seek(sum(_LOCAL.unpack(head)[-2:]), os.SEEK_CUR)


def _at(source: BinaryIO, start: int, end: int) -> bytes:
    try:
        source.seek(start)
    except (OSError, OverflowError, ValueError) as error:
        raise broken("It leads to outside of itself.") from error
    return source.read(end - start)
