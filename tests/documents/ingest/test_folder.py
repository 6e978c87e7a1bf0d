"""A folder as people have it: all kinds of files, wrong names, odd characters, and bombs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from documents.ingest import ExtractionError, Limits, extract_in_cell
from documents.ingest.archives import Entry, read_archive_in_cell
from tests.documents.ingest.archive_files import overlapping, tar_of, zip_of
from tests.documents.ingest.docx_files import docx, paragraph, zipped
from tests.documents.ingest.epub_files import page
from tests.documents.ingest.epub_files import parts as epub_parts
from tests.documents.ingest.languages import ARABIC, CHINESE, RUSSIAN
from tests.documents.ingest.odt_files import odt, p
from tests.documents.ingest.pdf_files import document, encrypted, lines
from tests.documents.ingest.test_hostile import FILES as HOSTILE

PATIENT = Limits(wall_seconds=60)
LETTER = b"From: a@x.org\nTo: b@x.org\nSubject: Hi\nDate: x\n\nwords"


class File(NamedTuple):
    """What a file holds, and how it ends: with a text, or with a code."""

    content: bytes
    text: str = ""
    code: str = ""


FILES: dict[str, File] = {
    "plain.txt": File(b"words", "words"),
    "mark.txt": File("wörds".encode("utf_8_sig"), "wörds"),
    "wide.txt": File(CHINESE.encode("utf-16"), CHINESE),
    "old.txt": File(RUSSIAN.encode("cp1251"), RUSSIAN),
    "read.md": File(b"# Title\n\nwords", "# Title\n\nwords"),
    "page.html": File(b"<!doctype html><p>words<script>no</script>", "words"),
    "paper.pdf": File(document(lines("words")), "words"),
    "letter.docx": File(docx(paragraph("words")), "words"),
    "letter.odt": File(odt(p("words")), "words"),
    "book.epub": File(zipped(epub_parts({"a.xhtml": page("words")})), "words"),
    "old.rtf": File(b"{\\rtf1 words}", "words"),
    "mail.eml": File(LETTER, "From: a@x.org\nTo: b@x.org\nDate: x\nSubject: Hi\n\nwords"),
    "rows.csv": File(b"a,b\n1,2", "a,b\n1,2"),
    "rows.tsv": File(b"a\tb\n1\t2", "a\tb\n1\t2"),
    "data.json": File(b'{"a": 1}', '{"a": 1}'),
    "data.jsonl": File(b"[1]\n[2]", "[1]\n[2]"),
    # Names that do not fit, or lead elsewhere
    "really-a-pdf.txt": File(document(lines("words")), "words"),
    "really-text.pdf": File(b"words", "words"),
    "really-html.docx": File(b"<!doctype html><p>words", "words"),
    "really-docx.jpg": File(docx(paragraph("words")), "words"),
    "no extension": File(b"words", "words"),
    "../outside.txt": File(b"words", "words"),
    "/etc/passwd": File(b"words", "words"),
    "..\\windows.txt": File(b"words", "words"),
    "right\u202etxt.exe": File(b"words", "words"),
    "sub/folder/é.txt": File(b"words", "words"),
    # Odd characters inside
    "nul.txt": File(b"ab\0cd and some more words", "ab\ufffdcd and some more words"),
    "rtl.txt": File(f"\u200f{ARABIC}\u202e".encode(), f"\u200f{ARABIC}\u202e"),
    "surrogates.txt": File("a\ud83d\ude00".encode("utf_8", "surrogatepass"), "a😀"),
    "family.txt": File("👩‍👩‍👧 e\u0301".encode(), "👩‍👩‍👧 e\u0301"),
    "lines.txt": File(b"a\r\nb\rc", "a\r\nb\rc"),
    # What gives no text
    "empty.txt": File(b"", code="empty_file"),
    "blank.txt": File(b" \r\n\t", code="no_text_found"),
    "empty.html": File(b"<!doctype html><script>x</script>", code="no_text_found"),
    "scan.pdf": File(document(b"9 9 90 90 re f"), code="no_text_found"),
    "noise.bin": File(bytes(range(256)) * 8, code="unsupported_media_type"),
    "picture.png": File(b"\x89PNG\r\n\x1a\n" + bytes(99), code="unsupported_media_type"),
    "sheet.xlsx": File(
        zipped({"[Content_Types].xml": "", "xl/workbook.xml": ""}), code="unsupported_media_type"
    ),
    "broken.pdf": File(document(lines("x"))[:-300], code="pdf_broken"),
    "broken.docx": File(docx(paragraph("x"))[:-30], code="docx_broken"),
    "locked.pdf": File(encrypted("x", password=b"sesame"), code="pdf_encrypted"),
}
ARCHIVES: dict[str, File] = {
    "more.zip": File(zip_of({"a.txt": "x"}), code="is_archive"),
    "more.tar": File(tar_of({"a.txt": "x"}), code="is_archive"),
    "more.tar.gz": File(tar_of({"a.txt": "x"}, "gz"), code="is_archive"),
    "overlap.zip": File(overlapping(5), code="is_archive"),
}
BOMBS = ("zip bomb", "entity bomb", "3,000 pages", "unclosed elements", "nested JSON members")


@pytest.fixture
def outcome(tmp_path: Path) -> Callable[[str, bytes], tuple[str, str]]:
    """Return a function that reads a file in a cell and returns its text and code."""

    def read(name: str, content: bytes) -> tuple[str, str]:
        path = tmp_path / "file"
        path.write_bytes(content)
        with path.open("rb") as file:
            try:
                return extract_in_cell(file, file_name=name, limits=PATIENT).text, ""
            except ExtractionError as error:
                return "", error.code

    return read


Outcome = Callable[[str, bytes], tuple[str, str]]


@pytest.mark.parametrize("name", [*FILES, *ARCHIVES])
def test_a_file_ends_with_its_text_or_its_code(outcome: Outcome, name: str) -> None:
    file = {**FILES, **ARCHIVES}[name]
    assert outcome(name, file.content) == (file.text, file.code)


@pytest.mark.parametrize("pack", [zip_of, lambda files: tar_of(files, "xz")], ids=["zip", "tar"])
def test_all_files_come_out_of_an_archive_as_they_are(
    tmp_path: Path, pack: Callable[[dict[str, bytes]], bytes]
) -> None:
    files = {**FILES, **ARCHIVES}
    path = tmp_path / "archive"
    path.write_bytes(pack({name: file.content for name, file in files.items()}))
    with path.open("rb") as source:
        found = dict(map(told, read_archive_in_cell(source, limits=PATIENT)))
    assert [name for name in found if ".." in name or name.startswith("/")] == []
    assert {name: found[display] for name, display in zip(files, found, strict=True)} == {
        name: "nested_archive" if file.code == "is_archive" else file.content
        for name, file in files.items()
    }


def told(entry: Entry) -> tuple[str, bytes | str]:
    if entry.content is None:
        assert entry.error
        return entry.name, entry.error.code
    return entry.name, entry.content.read()


def test_bombs_in_an_archive_harm_neither_it_nor_the_files_beside_them(outcome: Outcome) -> None:
    bombs = {name: HOSTILE[name][0]() for name in BOMBS}
    ends: dict[str, tuple[str, str]] = {}
    with tempfile.TemporaryFile() as source:
        source.write(zip_of({"first.txt": b"words", **bombs, "last.txt": b"words"}))
        for entry in read_archive_in_cell(source, limits=PATIENT):
            ends[entry.name] = (
                ("", entry.error.code) if entry.error else outcome(entry.name, entry.content.read())  # type: ignore[union-attr]
            )
    assert ends.pop("first.txt") == ends.pop("last.txt") == ("words", "")
    # What is packed tighter than any text is refused before it is read.
    allowed = {name: {HOSTILE[name][1], "too_large"} for name in BOMBS}
    assert all(not text and code in allowed[name] for name, (text, code) in ends.items())
    assert ends.keys() == bombs.keys()
