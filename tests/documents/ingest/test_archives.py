"""Archives of every kind are read file by file, whoever made them."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED

import pytest

from documents.ingest import ExtractionError, Limits, extract_in_cell
from documents.ingest.archives import keeper, opening
from documents.ingest.archives.names import display_name
from tests.documents.ingest.archive_files import (
    file_in_tar,
    tar_of,
    tar_with,
    zip_of,
)
from tests.documents.ingest.archive_reading import (
    END,
    FILES,
    PACKINGS,
    Read,
    assert_it_ends,
    in_process,
    packed,
    random,
    told,
)
from tests.documents.ingest.docx_files import docx, paragraph, zipped
from tests.documents.ingest.odt_files import odt, p

# What people make


@pytest.mark.parametrize(
    "archive",
    [zip_of(FILES), zip_of(FILES, ZIP_STORED), *(tar_of(FILES, packing) for packing in PACKINGS)],
    ids=["zip", "stored", "tar", "gz", "bz2", "xz"],
)
def test_every_file_of_an_archive_comes_with_its_bytes(read_archive: Read, archive: bytes) -> None:
    expected = [
        (index, name, content.encode() if isinstance(content, str) else content)
        for index, (name, content) in enumerate(FILES.items())
    ]
    assert told(read_archive(archive)) == expected
    assert told(read_archive(archive, start=1)) == expected[1:]
    assert told(read_archive(archive, start=3)) == []
    assert in_process(archive) == [*expected, END]
    assert in_process(archive, start=2) == [expected[2], END]


@pytest.mark.parametrize("archive", [zip_of({}), tar_of({}), tar_of({}, "gz")])
def test_an_empty_archive_has_no_files(archive: bytes) -> None:
    assert in_process(archive) == [END]


def test_an_index_counts_what_is_skipped() -> None:
    names = ["d/", "__MACOSX/._a.txt", "d/.DS_Store", "Thumbs.db", "d/a.txt"]
    expected = [(4, "d/a.txt", b"x"), END]
    assert in_process(zip_of(dict.fromkeys(names, "x"))) == expected
    folder = tarfile.TarInfo("d")
    folder.type = tarfile.DIRTYPE
    archive = tar_with((folder, b""), *(file_in_tar(name, "x") for name in names[1:]))
    assert in_process(archive) == expected


def test_a_large_entry_is_kept_in_a_file(
    read_archive: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "IN_MEMORY", 10)
    content = random(2_000_000)
    [(_, _, held)] = told(read_archive(zip_of({"a": content})))
    assert held == content


def test_an_entry_is_closed_when_the_next_is_asked_for(read_archive: Read) -> None:
    entries = read_archive(zip_of(FILES))
    first = next(entries)
    assert first.content is not None
    assert not first.content.closed
    next(entries)
    assert first.content.closed


def test_documents_in_containers_are_files_not_archives() -> None:
    sheet = zipped({"[Content_Types].xml": "x", "xl/workbook.xml": ""})
    files = {"a.docx": docx(paragraph("x")), "b.odt": odt(p("x")), "c.xlsx": sheet}
    assert [entry[2] for entry in in_process(zip_of({**files}, ZIP_STORED))] == [
        *files.values(),
        b"",
    ]


# Names


@pytest.mark.parametrize(
    ("original", "name"),
    [
        ("a/b.txt", "a/b.txt"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/./passwd", "etc/passwd"),
        ("..\\a\\b.txt", "a/b.txt"),
        ("a\0b\n\x1b[31m\u202etxt.exe", "a\ufffdb[31mtxt.exe"),
        ("\ud800", "\ufffd"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("a" * 1200 + "/b.txt", "a" * 994 + "/b.txt"),
    ],
)
def test_a_name_is_made_harmless(original: str, name: str) -> None:
    assert display_name(original) == name


def test_an_entry_tells_what_the_archive_called_it(read_archive: Read) -> None:
    [entry] = list(read_archive(zip_of({"../a\u202e.txt": "x"})))
    assert (entry.name, entry.original_name) == ("a.txt", "../a\u202e.txt")


# What is no archive, and an archive that is sent as a document


REST: dict[str, tuple[Callable[[], bytes], dict[str, Any], int, str]] = {
    "nothing": (lambda: b"", {}, 0, "empty_file"),
    "text": (lambda: b"words " * 200, {}, 0, "unsupported_media_type"),
    "packed text": (lambda: packed(b"words"), {}, 0, "unsupported_media_type"),
}


@pytest.mark.parametrize("name", REST)
def test_what_is_no_archive_says_so(name: str) -> None:
    assert_it_ends(*REST[name])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zip_of(FILES), "is_archive"),
        (zip_of({}), "is_archive"),
        *((tar_of(FILES, packing), "is_archive") for packing in PACKINGS),
        (packed(b"words"), "unsupported_media_type"),
        (zip_of(FILES)[:-30], "archive_broken"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(9), "unsupported_media_type"),
    ],
)
def test_an_archive_is_no_document(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with path.open("rb") as file, pytest.raises(ExtractionError) as caught:
        extract_in_cell(file, file_name="a.zip")
    assert caught.value.code == code


def test_it_says_what_to_do_instead() -> None:
    with pytest.raises(ExtractionError) as caught:
        opening.extract(zip_of(FILES), Limits())
    assert "import it" in caught.value.detail
