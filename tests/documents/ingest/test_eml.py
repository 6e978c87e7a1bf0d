from __future__ import annotations

import platform
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.ingest import ErrorCode, ExtractionError, Limits
from documents.ingest.eml import extract
from tests.documents.ingest.languages import JAPANESE
from tests.documents.ingest.layouts import assert_sound, held

HEAD = "From: Ann <ann@example.org>\r\nSubject: Hi\r\nDate: Mon, 1 Jan 2024 09:00:00 +0000\r\n"


def letter(body: str, kind: str = "text/plain; charset=utf-8", head: str = HEAD) -> bytes:
    return f"{head}MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n{body}".encode()


def body_of(content: bytes) -> str:
    return extract(content, Limits()).text.partition("\n\n")[2]


def refused(content: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(ExtractionError) as caught:
        extract(content, limits or Limits())
    return caught.value.code


def test_fields_then_text() -> None:
    head = "To: =?iso-8859-1?q?J=FCrgen?= <j@x.org>,\r\n b@x.org\r\nCc: c@x.org\r\n" + HEAD
    extraction = extract(letter("One\r\ntwo\r\n\r\nthree\r\n", head=head), Limits())
    assert extraction.text == (
        "From: Ann <ann@example.org>\nTo: Jürgen <j@x.org>, b@x.org\nCc: c@x.org\n"
        "Date: Mon, 1 Jan 2024 09:00:00 +0000\nSubject: Hi\n\nOne\ntwo\n\nthree"
    )
    assert [(kind, text[:5]) for kind, _, text in held(extraction)] == [
        ("front_matter", "From:"),
        ("paragraph", "One\nt"),
        ("paragraph", "three"),
    ]
    assert extraction.media_type == "message/rfc822"
    assert extraction.extractor == "python-email"
    assert extraction.extractor_version == platform.python_version()
    assert extraction.metadata == {"title": "Hi"}
    assert extraction.notes == []


def test_the_plain_alternative_is_read_else_html() -> None:
    message = EmailMessage()
    message["From"], message["Date"] = "a@x.org", "today"
    message.set_content("plain")
    message.add_alternative("<p>rich", subtype="html")
    assert body_of(message.as_bytes()) == "plain"
    extraction = extract(letter("<h1>Rich</h1><p>text<script>x</script>", "text/html"), Limits())
    assert extraction.text.endswith("\n\nRich\n\ntext")
    assert held(extraction)[1] == ("heading", 1, "Rich")


def test_alternatives_may_nest() -> None:
    message = EmailMessage()
    message["From"], message["Date"] = "a@x.org", "today"
    message.set_content("<p>rich", subtype="html")
    message.add_related(b"x", "image", "png", cid="<1>")
    outer = message.as_bytes().replace(b"multipart/related", b"multipart/alternative", 1)
    assert body_of(outer) == "rich"
    assert body_of(message.as_bytes()) == "rich"
    only = letter("--B\nContent-Type: multipart/mixed; boundary=C\n\n--C\n\nin\n--C--\n--B--",
                  "multipart/alternative; boundary=B")  # fmt: skip
    assert body_of(only) == "in"
    odd = letter("--B\nContent-Type: image/png\n\nx\n--B--", "multipart/alternative; boundary=B")
    assert extract(odd, Limits()).metadata["attachments"] == "image/png"


def test_attachments_are_named_and_not_read() -> None:
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("inner words")
    message = EmailMessage()
    message["From"], message["Date"] = "a@x.org", "today"
    message.set_content("outer words")
    message.add_attachment("notes", filename="no\ntes.txt".replace("\n", " "))
    message.add_attachment(b"x", "application", "pdf", filename="../é.pdf")
    message.add_attachment(inner)
    extraction = extract(message.as_bytes(), Limits())
    assert "inner" not in extraction.text
    assert extraction.metadata == {
        "attachment_count": 3,
        "attachments": "no tes.txt; ../é.pdf; message/rfc822",
    }


def test_a_message_that_is_all_attachment_has_its_fields() -> None:
    extraction = extract(letter("x", "application/pdf"), Limits())
    assert extraction.text.endswith("Subject: Hi")
    assert extraction.metadata == {"title": "Hi"}


@pytest.mark.parametrize("codec", ["iso2022_jp", "cp932", "utf_8"])
def test_charsets_are_heeded(codec: str) -> None:
    label = {"iso2022_jp": "iso-2022-jp", "cp932": "Shift_JIS", "utf_8": "utf-8"}[codec]
    content = letter("", f"text/plain; charset={label}") + JAPANESE.encode(codec)
    assert body_of(content) == JAPANESE


@pytest.mark.parametrize("label", ["klingon", "us-ascii", "us-ascii\\\0", "shift_jis"])
def test_a_wrong_or_unknown_charset_is_guessed_and_noted(label: str) -> None:
    extraction = extract(letter("Blåbærgrød é", f"text/plain; charset={label}"), Limits())
    assert extraction.text.endswith("Blåbærgrød é")
    assert extraction.notes[0].startswith("the charset ")


def test_what_no_charset_fits_is_replaced_and_noted() -> None:
    extraction = extract(letter("") + bytes(range(128, 256)) + bytes(300), Limits())
    assert "\ufffd" in extraction.text
    assert extraction.notes[0].startswith("a part is in no known encoding")


def test_html_may_declare_its_charset_itself() -> None:
    content = letter("<meta charset=koi8-r><p>", "text/html") + "Привет".encode("koi8_r")
    assert body_of(content) == "Привет"


def test_fields_that_the_library_cannot_parse_stand_as_they_are() -> None:
    long = "x " * 9_000
    extraction = extract(
        letter("x", head=f"From: a@x.org\r\nSubject: {long}\r\nDate: x\r\n"), Limits()
    )
    assert len(extraction.text) > 9_000
    broken = extract(letter("x", head="From: \r\n\t\r\nTo: @@<,;[\r\nDate: x\r\n"), Limits())
    assert broken.text.startswith("To: ")


def test_parts_are_bounded_in_number_and_depth() -> None:
    many = letter("--B\n\nx\n" * 30 + "--B--", "multipart/mixed; boundary=B")
    assert refused(many, Limits(archive_parts=20)) == ErrorCode.TOO_LARGE
    deep = HEAD.replace("\r\n", "\n") + "".join(
        f"Content-Type: multipart/mixed; boundary=B{level}\n\n--B{level}\n"
        for level in range(3_000)
    )
    assert refused(deep.encode()) == ErrorCode.EML_BROKEN


def test_a_letter_without_fields_is_its_text() -> None:
    assert extract(b"X-Other: x\n\nwords", Limits()).text == "words"


def test_what_gives_no_text_says_why() -> None:
    assert refused(b"X-Other: x\n\n") == ErrorCode.NO_TEXT_FOUND
    assert refused(letter("words"), Limits(characters=5)) == ErrorCode.TOO_LARGE


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1), st.booleans())
def test_any_text_comes_back(text: str, base64: bool) -> None:
    message = EmailMessage()
    message["From"], message["Date"] = "a@x.org", "today"
    message.set_content(f"x{text}x", cte="base64" if base64 else "quoted-printable")
    extraction = extract(message.as_bytes(), Limits())
    assert_sound(extraction)
    expected = f"x{text}x".replace("\0", "\ufffd")
    assert "".join(extraction.text.partition("\n\n")[2].split()) == "".join(expected.split())


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=200), st.sampled_from(["multipart/mixed; boundary=B", "text/html", "=;"]))
def test_any_bytes_are_a_text_or_a_code(body: bytes, kind: str) -> None:
    assert_sound(extract(letter("", kind) + body, Limits()))
