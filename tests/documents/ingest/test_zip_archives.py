"""ZIPs are read whoever made them, with what is wrong with one of their files or with all."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any
from zipfile import ZIP_STORED, ZipInfo

import pytest

from documents.ingest import ExtractionError
from tests.documents.ingest.archive_files import (
    LINK,
    many,
    overlapping,
    raw_zip,
    tar_of,
    zip_of,
    zip_with,
)
from tests.documents.ingest.archive_reading import (
    END,
    FILES,
    Read,
    assert_it_ends,
    assert_one_is_refused,
    in_process,
    random,
)

# Names


@pytest.mark.parametrize(
    ("raw", "flags", "extra", "name"),
    [
        ("ü.txt".encode(), 0x800, b"", "ü.txt"),
        (b"\xff.txt", 0x800, b"", "\ufffd.txt"),
        ("ü.txt".encode(), 0, b"", "ü.txt"),
        (b"\x81.txt", 0, b"", "ü.txt"),
        (b"x.txt", 0, (b"x.txt", "ж.txt"), "ж.txt"),
        (b"x.txt", 0, (b"other", "ж.txt"), "x.txt"),
        (b"x.txt", 0, b"\x75", "x.txt"),
    ],
    ids=["utf-8", "wrong", "unmarked", "cp437", "unicode field", "of another name", "cut field"],
)
def test_a_name_in_a_zip_is_read_in_its_encoding(
    raw: bytes, flags: int, extra: bytes | tuple[bytes, str], name: str
) -> None:
    if isinstance(extra, tuple):
        told = b"\1" + struct.pack("<L", zlib.crc32(extra[0])) + extra[1].encode()
        extra = struct.pack("<HH", 0x7075, len(told)) + told
    assert in_process(raw_zip((raw, {"flags": flags}), extra=extra))[0][1] == name


@pytest.mark.parametrize("mode", [0o040755 << 16, 0x10])
def test_a_directory_is_one_by_its_mode_too(mode: int) -> None:
    assert in_process(raw_zip((b"d", {"mode": mode}), (b"f", {}))) == [(1, "f", b""), END]


# What cannot be had: one entry


def info(name: str, attributes: int = 0, system: int = 3) -> ZipInfo:
    made = ZipInfo(name)
    made.external_attr, made.create_system = attributes, system
    return made


def corrupted() -> bytes:
    archive = bytearray(zip_of({"bad": "x" * 100, "good.txt": "good"}, ZIP_STORED))
    archive[40] ^= 1
    return bytes(archive)


def mangled() -> bytes:
    archive = bytearray(zip_of({"bad": bytes(range(256)) * 9, "good.txt": "good"}))
    archive[33:60] = b"\xff" * 27
    return bytes(archive)


def understated(content: bytes) -> bytes:
    """Return a ZIP whose first member says that it is small."""
    archive = bytearray(zip_of({"bad": content, "good.txt": "good"}))
    place = archive.index(b"PK\1\2") + 24
    archive[place : place + 4] = (9).to_bytes(4, "little")
    return bytes(archive)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "link": (lambda: zip_with(info("bad", LINK)), "archive_unsupported"),
    "method": (
        lambda: raw_zip((b"bad", {"method": 12}), (b"good.txt", {})),
        "archive_unsupported",
    ),
    "password": (
        lambda: raw_zip((b"bad", {"flags": 1}), (b"good.txt", {})),
        "archive_encrypted",
    ),
    "large": (lambda: zip_with(info("bad"), b"0" * 51_000_000), "too_large"),
    "tight": (lambda: zip_with(info("bad"), b"0" * 20_000_000), "too_large"),
    "larger than it says": (lambda: understated(random(4) * 15_000_000), "too_large"),
    "tighter than it says": (lambda: understated(bytes(20_000_000)), "too_large"),
    "checksum": (corrupted, "archive_broken"),
    "data": (mangled, "archive_broken"),
    "place": (
        lambda: raw_zip((b"bad", {"offset": 3}), (b"good.txt", {})),
        "archive_broken",
    ),
    "zip": (lambda: zip_of({"bad": zip_of(FILES), "good.txt": "good"}), "nested_archive"),
    "tar": (lambda: zip_of({"bad": tar_of(FILES), "good.txt": "good"}), "nested_archive"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_entry_that_cannot_be_had_says_why_and_others_are_read(name: str) -> None:
    assert_one_is_refused(*BAD[name])


def test_a_refusal_crosses_with_its_detail(read_archive: Read) -> None:
    bad, good = read_archive(zip_with(info("bad", LINK)))
    assert bad.error is not None
    assert (bad.error.code, bad.error.detail) == (
        "archive_unsupported",
        "It is a link or a device.",
    )
    assert (bad.size, good.error) == (0, None)


def test_attributes_of_another_system_are_no_mode() -> None:
    assert in_process(zip_with(info("bad", LINK, system=0)))[0] == (0, "bad", b"x")


def test_sizes_beyond_four_gigabytes_are_read_from_their_field() -> None:
    extra = struct.pack("<HHQQ", 1, 16, 920_000_000_000, 5)
    told = {"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF}
    assert in_process(raw_zip((b"a" * 9, told), extra=extra))[0] == (0, "a" * 9, "too_large")


# What cannot be had: the rest


def damaged_directory() -> bytes:
    archive = bytearray(zip_of(FILES))
    second = archive.index(b"PK\1\2", archive.index(b"PK\1\2") + 1)
    archive[second] = 0
    return bytes(archive)


def zip64(mark: bytes, place: int = 0) -> bytes:
    whole = zip_of(FILES)
    return whole[:-22] + struct.pack("<4sLQL", mark, 0, place, 1) + whole[-22:]


REST: dict[str, tuple[Callable[[], bytes], dict[str, Any], int, str]] = {
    "cut zip": (lambda: zip_of(FILES)[:-30], {}, 0, "archive_broken"),
    "cut end": (lambda: zip_of(FILES)[:-5], {}, 0, "archive_broken"),
    "one of several": (
        lambda: zip_of(FILES)[:-18] + b"\1\0" + zip_of(FILES)[-16:],
        {},
        0,
        "archive_unsupported",
    ),
    "long directory": (
        lambda: zip_of(FILES)[:-10] + b"\xff\xff\0\0" + zip_of(FILES)[-6:],
        {},
        0,
        "archive_broken",
    ),
    "place of the directory": (
        lambda: zip_of(FILES)[:-6] + b"\xff\xff\0\0" + zip_of(FILES)[-2:],
        {},
        0,
        "archive_broken",
    ),
    "zip64": (lambda: zip64(b"PK\6\7"), {}, 0, "archive_broken"),
    "zip64 elsewhere": (lambda: zip64(b"PK\6\7", 2**63), {}, 0, "archive_broken"),
    "damaged directory": (damaged_directory, {}, 1, "archive_broken"),
    "overlap": (lambda: overlapping(9), {}, 1, "archive_broken"),
    "many": (lambda: many(12), {"archive_entries": 10}, 10, "too_large"),
}


@pytest.mark.parametrize("name", REST)
def test_an_archive_that_ends_early_says_why_after_its_good_entries(name: str) -> None:
    assert_it_ends(*REST[name])


def test_the_good_entries_are_given_before_the_error_is_raised(read_archive: Read) -> None:
    entries = read_archive(damaged_directory())
    assert next(entries).name == "a.txt"
    with pytest.raises(ExtractionError) as caught:
        next(entries)
    assert (caught.value.code, caught.value.detail) == (
        "archive_broken",
        "Its directory is damaged. Entries read before that: 1.",
    )


def test_a_directory_of_zip64_is_found() -> None:
    whole = zip_of(FILES)
    length, offset = struct.unpack_from("<LL", whole, len(whole) - 10)
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 3, 3, length, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, offset + length, 1)
    archive = whole[:-22] + record + locator + whole[-22:]
    assert [entry[1] for entry in in_process(archive)] == [*FILES, ""]


def test_what_stands_before_a_zip_is_passed_over() -> None:
    assert [entry[1] for entry in in_process(zip_of({}) + zip_of(FILES))] == [*FILES, ""]
