from __future__ import annotations

import random
import struct
from zipfile import ZIP_BZIP2, ZIP_STORED

import pytest

from documents.ingest import ErrorCode, ExtractionError, Limits
from documents.ingest.docx import extract
from tests.documents.ingest.docx_files import docx, paragraph, part, word_parts, zipped

ENTRY = b"PK\x01\x02"


def refused(content: bytes, limits: Limits | None = None) -> ExtractionError:
    with pytest.raises(ExtractionError) as caught:
        extract(content, limits or Limits())
    return caught.value


def with_entry_field(content: bytes, name: str, offset: int, value: bytes) -> bytes:
    """Change a field in the directory entry of a part."""
    changed = bytearray(content)
    entry = changed.rindex(name.encode()) - 46
    assert changed[entry : entry + 4] == ENTRY
    changed[entry + offset : entry + offset + len(value)] = value
    return bytes(changed)


def test_too_many_parts_are_refused_before_they_are_listed() -> None:
    parts = {f"word/{number}": "" for number in range(20)}
    error = refused(zipped(parts), Limits(archive_parts=19))
    assert error.code == ErrorCode.TOO_LARGE
    assert error.detail == "At most 19 archive parts are read, this has 20 or more."


def test_too_much_is_refused_before_it_is_unpacked() -> None:
    error = refused(docx(paragraph("x") + " " * 2_000_000), Limits(unpacked_bytes=1_000_000))
    assert error.code == ErrorCode.TOO_LARGE


def test_a_part_that_lies_about_its_size_is_damaged() -> None:
    content = docx(paragraph("x") + " " * 2_000_000)
    lying = with_entry_field(content, "word/document.xml", 24, struct.pack("<I", 100))
    assert refused(lying, Limits(unpacked_bytes=1_000_000)).code == ErrorCode.DOCX_BROKEN


def test_an_encrypted_part_needs_a_password() -> None:
    content = with_entry_field(docx(paragraph("x")), "word/document.xml", 8, b"\x01")
    assert refused(content).code == ErrorCode.DOCX_ENCRYPTED


@pytest.mark.parametrize("compression", [ZIP_BZIP2, 99])
def test_other_ways_to_compress_are_refused(compression: int) -> None:
    content = zipped(word_parts(paragraph("x")), ZIP_STORED)
    odd = with_entry_field(content, "word/document.xml", 10, struct.pack("<H", compression))
    assert refused(odd).code == ErrorCode.DOCX_BROKEN


@pytest.mark.parametrize(
    "content",
    [
        docx(paragraph("x"))[:-30],
        docx(paragraph("x"))[:40],
        docx(paragraph("x"))[500:],
        zipped({"word/other.xml": part("document", "")}),
        zipped(word_parts("")).replace(b"PK\x03\x04", b"PK\x03\x05"),
    ],
    ids=["no directory", "cut", "headless", "no main part", "no local headers"],
)
def test_a_damaged_container_is_broken(content: bytes) -> None:
    assert refused(content).code == ErrorCode.DOCX_BROKEN


def test_no_damage_to_a_byte_gets_past_the_codes() -> None:
    content = docx(paragraph("some text"))
    chance = random.Random(2)
    for _ in range(400):
        damaged = bytearray(content)
        damaged[chance.randrange(len(content))] = chance.randrange(256)
        try:
            outcome = extract(bytes(damaged), Limits()).text
        except ExtractionError as error:
            outcome = error.code
        assert outcome
