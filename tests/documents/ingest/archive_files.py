"""Archives as people and their enemies make them."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import tarfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Literal
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

Content = bytes | str
Packing = Literal["", "gz", "bz2", "xz"]
PACKERS: dict[Packing, Callable[[bytes], bytes]] = {
    "": bytes,
    # Without the time, which would be another one in each worker.
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
}
LINK = 0o120777 << 16


def zip_of(files: dict[str, Content], method: int = ZIP_DEFLATED) -> bytes:
    """Return a ZIP of files in this order."""
    target = BytesIO()
    with ZipFile(target, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(ZipInfo(name), content, method)
    return target.getvalue()


def zip_with(info: ZipInfo, content: Content = "x") -> bytes:
    """Return a ZIP of one member with such properties, and a plain one after it."""
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        archive.writestr(info, content, ZIP_DEFLATED)
        archive.writestr("good.txt", "good")
    return target.getvalue()


def raw_zip(*entries: tuple[bytes, dict[str, int]], extra: bytes = b"") -> bytes:
    """Return a ZIP written by hand: names and, for each, what differs from an empty member.

    `data` counts zeros that are stored; all else is a field of the directory.
    """
    body, directory = bytearray(), bytearray()
    for name, told in entries:
        data = bytes(told.pop("data", 0))
        offset = told.pop("offset", len(body))
        body += struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0)
        body += name + data
        fields = {"flags": 0, "method": 0, "crc": zlib.crc32(data), "system": 3, "mode": 0}
        fields |= {"packed": len(data), "size": len(data), **told}
        directory += struct.pack(
            "<4s4B4HL2L5H2L",
            *(b"PK\1\2", 20, fields["system"], 20, 0, fields["flags"], fields["method"], 0, 0),
            *(fields["crc"], fields["packed"], fields["size"], len(name), len(extra), 0, 0, 0),
            *(fields["mode"], offset),
        )
        directory += name + extra
    end = struct.pack(
        "<4s4H2LH", b"PK\5\6", 0, 0, len(entries), len(entries), len(directory), len(body), 0
    )
    return bytes(body + directory + end)


def tar_of(files: dict[str, Content], packing: Packing = "") -> bytes:
    """Return a TAR of files in this order."""
    return tar_with(
        *(file_in_tar(name, content) for name, content in files.items()), packing=packing
    )


def file_in_tar(name: str, content: Content) -> tuple[tarfile.TarInfo, bytes]:
    """Return a member of a TAR and its bytes."""
    data = content if isinstance(content, bytes) else content.encode()
    info = tarfile.TarInfo(name)
    info.size = len(data)
    return info, data


def tar_with(*members: tuple[tarfile.TarInfo, bytes], packing: Packing = "") -> bytes:
    """Return a TAR of such members."""
    target = BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for info, data in members:
            archive.addfile(info, BytesIO(data))
    return PACKERS[packing](target.getvalue())


def overlapping(count: int) -> bytes:
    """Return a ZIP all of whose members are the same bytes, as in the smallest bombs."""
    kernel = {"data": 1_000_000}
    others = (
        (b"%d" % n, {"offset": 0, "packed": 1_000_000, "size": 1_000_000}) for n in range(count)
    )
    return raw_zip((b"k", kernel), *others)


def many(count: int) -> bytes:
    """Return a ZIP of so many files of one byte."""
    return raw_zip(*((b"%d" % number, {}) for number in range(count)))
