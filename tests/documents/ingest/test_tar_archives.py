"""TARs are read whoever made and packed them, with what is wrong with a file or with all."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from tests.documents.ingest.archive_files import (
    file_in_tar,
    tar_of,
    tar_with,
)
from tests.documents.ingest.archive_reading import (
    FILES,
    assert_it_ends,
    assert_one_is_refused,
    in_process,
    random,
)

# Names


@pytest.mark.parametrize("format_", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_long_name_in_a_tar_is_read(format_: int) -> None:
    target = BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=format_) as archive:
        archive.addfile(tarfile.TarInfo("é" * 150))
    assert in_process(target.getvalue())[0][1] == "é" * 150


def test_a_name_in_a_tar_may_be_in_an_old_encoding() -> None:
    target = BytesIO()
    with tarfile.open(
        fileobj=target, mode="w", format=tarfile.USTAR_FORMAT, encoding="cp437"
    ) as archive:
        archive.addfile(tarfile.TarInfo("ü"))
    assert in_process(target.getvalue())[0][1] == "ü"


# What cannot be had: one entry


def link(kind: bytes) -> bytes:
    info = tarfile.TarInfo("bad")
    info.type, info.linkname = kind, "/etc/passwd"
    return tar_with((info, b""), file_in_tar("good.txt", "good"))


def sparse() -> bytes:
    header = tarfile.TarInfo("bad")
    header.pax_headers = {
        "GNU.sparse.map": "0,0,999999999999,0",
        "GNU.sparse.realsize": "999999999999",
        "GNU.sparse.size": "999999999999",
    }
    return tar_with((header, b""), file_in_tar("good.txt", "good"))


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "gzip": (lambda: tar_of({"bad": tar_of({}, "gz"), "good.txt": "good"}), "nested_archive"),
    "7z": (
        lambda: tar_of({"bad": b"7z\xbc\xaf\x27\x1c", "good.txt": "good"}),
        "nested_archive",
    ),
    "symlink": (lambda: link(tarfile.SYMTYPE), "archive_unsupported"),
    "hard link": (lambda: link(tarfile.LNKTYPE), "archive_unsupported"),
    "device": (lambda: link(tarfile.CHRTYPE), "archive_unsupported"),
    "pipe": (lambda: link(tarfile.FIFOTYPE), "archive_unsupported"),
    "holes": (sparse, "archive_unsupported"),
    "large in tar": (
        lambda: tar_with(file_in_tar("bad", bytes(51_000_000)), file_in_tar("good.txt", "good")),
        "too_large",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_an_entry_that_cannot_be_had_says_why_and_others_are_read(name: str) -> None:
    assert_one_is_refused(*BAD[name])


# What cannot be had: the rest


def damaged_header() -> bytes:
    archive = bytearray(tar_of(FILES))
    archive[1024 + 150] ^= 1
    return bytes(archive)


def backwards() -> bytes:
    first = tarfile.TarInfo("a")
    first.size = -(2**40)
    return first.tobuf(tarfile.GNU_FORMAT) + tar_of(FILES)


def long_header() -> bytes:
    header = tarfile.TarInfo("a")
    header.type, header.size = tarfile.XHDTYPE, 2_000_000
    return header.tobuf(tarfile.USTAR_FORMAT) + bytes(2_000_512)


REST: dict[str, tuple[Callable[[], bytes], dict[str, Any], int, str]] = {
    "damaged header": (damaged_header, {}, 1, "archive_broken"),
    "cut tar": (lambda: tar_of(FILES)[:1500], {}, 1, "archive_broken"),
    "cut content": (lambda: tar_of({"a": b"x" * 2000})[:1500], {}, 0, "archive_broken"),
    "cut gz": (
        lambda: tar_of({"a": "x", "b": random(90_000)}, "gz")[:50_000],
        {},
        1,
        "archive_broken",
    ),
    "cut head": (lambda: tar_of(FILES, "gz")[:30], {}, 0, "archive_broken"),
    "backwards": (backwards, {}, 1, "archive_broken"),
    "long header": (long_header, {}, 0, "unsupported_media_type"),
    "long header later": (
        lambda: tar_of({"a": "x"})[:1024] + long_header(),
        {},
        1,
        "archive_broken",
    ),
    "tight tar": (
        lambda: tar_of({"a": "x", "b": bytes(20_000_000)}, "bz2"),
        {},
        1,
        "too_large",
    ),
    "long tar": (
        lambda: tar_of({"a": "x", "b": random(9_000)}),
        {"archive_bytes": 5_000},
        1,
        "too_large",
    ),
}


@pytest.mark.parametrize("name", REST)
def test_an_archive_that_ends_early_says_why_after_its_good_entries(name: str) -> None:
    assert_it_ends(*REST[name])
