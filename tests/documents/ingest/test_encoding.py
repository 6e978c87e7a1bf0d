from __future__ import annotations

import codecs
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.ingest import ErrorCode, ExtractionError
from documents.ingest.charsets import BYTE_ORDER_MARKS, NAMES, declared_codec
from documents.ingest.encoding import decode, preload
from tests.documents.ingest.languages import (
    CHINESE,
    FRENCH,
    JAPANESE,
    KOREAN,
    RUSSIAN,
    WORDS,
    WRITTEN,
    form,
    log,
    table,
)

LETTERS = st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]) | st.sampled_from("\r\n\t")


@pytest.mark.parametrize(("text", "codec", "name"), WRITTEN)
def test_older_encodings_are_recognised_by_what_they_say(text: str, codec: str, name: str) -> None:
    decoded = decode(text.encode(codec))
    assert decoded.text == text
    assert decoded.notes == [f"encoding: {name}"]


@pytest.mark.parametrize("kind", ["form", "table", "log", "line"])
@pytest.mark.parametrize(
    ("language", "codec"),
    [(language, codec) for language in WORDS for codec in WORDS[language][-1].split()],
)
def test_few_native_words_among_ascii_are_recognised(language: str, codec: str, kind: str) -> None:
    *words, line, _ = WORDS[language]
    text = {"form": form, "table": table, "log": log}.get(kind, lambda *_: line)(*words)
    assert decode(text.encode(codec)).text == text


def test_what_few_bytes_leave_open_is_said() -> None:
    decoded = decode("日本".encode("cp932"))
    assert decoded.text == "日本"
    assert decoded.notes[1].startswith("encoding guessed, 9")
    assert decoded.notes[1].endswith(" is possible too")


def test_a_wrong_guess_from_two_letters_names_the_right_one() -> None:
    decoded = decode("Spotkanie jutro, będę.".encode("cp1250"))
    assert decoded.text == "Spotkanie jutro, bêdê."
    assert decoded.notes[1].endswith("windows-1250 is possible too")


@pytest.mark.parametrize("sign", ["°", "±", "µ", "½"])
def test_a_sign_alone_is_western(sign: str) -> None:
    assert decode(f"20 {sign} 1, that is all".encode("cp1252")).text == f"20 {sign} 1, that is all"


def test_uncommon_ideographs_are_read_too() -> None:
    text = JAPANESE + "薔薇と蜃気楼、葡萄。"
    assert decode(text.encode("cp932")).text == text


@pytest.mark.parametrize(
    "content",
    [
        b"abc\0def\n" * 3,
        b"abc\0def\0ghi\0" * 9,
        b"a line, and a zero\0\n" * 5,
        b"one\0two\0three\0four\0five\0",
        b"even\0" * 6,
    ],
)
def test_stray_zeros_leave_ascii_what_it_is(content: bytes) -> None:
    assert decode(content).text == content.decode()


@pytest.mark.parametrize("codec", ["utf_16_le", "utf_16_be", "utf_32_le", "utf_32_be"])
@pytest.mark.parametrize("text", ["Hello, world\n", CHINESE, JAPANESE, KOREAN, RUSSIAN, FRENCH])
def test_wide_units_are_recognised_without_a_mark(text: str, codec: str) -> None:
    decoded = decode(text.encode(codec))
    assert (decoded.text, decoded.codec) == (text, codec)


def test_a_long_text_is_judged_by_a_part_of_it() -> None:
    text = "plain line\n" * 20 + JAPANESE.replace("\n", "") * 400 + "x" * 50
    assert decode(text.encode("euc_jp")).text == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"caf\xe9", "café"),
        (b"na\xefve caf\xe9 au lait", "naïve café au lait"),
        (b"50 \x80 only", "50 € only"),
        (b"\x93Hi\x94, she said", "“Hi”, she said"),
        ("吾輩は猫である。名前はまだ無い。".encode("cp932"), "吾輩は猫である。名前はまだ無い。"),
        ("あ".encode("euc_jp") * 9, "あ" * 9),
    ],
)
def test_few_words_are_taken_for_the_likeliest_encoding(content: bytes, text: str) -> None:
    assert decode(content).text == text


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (
            "Dear colleagues, the meeting is in Moscow (Москва, Большая улица), please come.",
            "cp1251",
        ),
        ("He said: ευχαριστώ πολύ to the waiter, καλημέρα to the cook.", "cp1253"),
        ("Das Mädchen und Señor Núñez fuhren nach Zürich; él niño está aquí.", "cp1252"),
    ],
)
def test_words_of_one_language_within_another_are_recognised(text: str, codec: str) -> None:
    assert decode(text.encode(codec)).text == text


def test_utf8_needs_no_note() -> None:
    assert decode("naïve 😀 日本\r\n".encode()) == ("naïve 😀 日本\r\n", "utf_8", [])


@pytest.mark.parametrize(("mark", "codec"), BYTE_ORDER_MARKS)
def test_a_byte_order_mark_decides_and_is_not_text(mark: bytes, codec: str) -> None:
    decoded = decode(mark + "\ufeffa😀".encode(codec))
    assert decoded.text == "\ufeffa😀"
    assert decoded.encoding == NAMES[codec]
    assert decoded.notes[-1] == "byte order mark left out"


@pytest.mark.parametrize(
    ("mark", "codec"), [(codecs.BOM_UTF16_LE, "utf_16_le"), (codecs.BOM_UTF32_BE, "utf_32_be")]
)
def test_lone_surrogates_pass_behind_a_mark(mark: bytes, codec: str) -> None:
    assert decode(mark + "a\ud800b".encode(codec, "surrogatepass")).text == "a\ud800b"


def test_little_damage_behind_a_mark_is_replaced() -> None:
    decoded = decode(codecs.BOM_UTF16_LE + ("word " * 9).encode("utf_16_le") + b"\x41")
    assert decoded.text == "word " * 9 + "\ufffd"
    assert decoded.notes == [
        "encoding: utf-16le",
        "byte order mark left out",
        "1 byte sequences of no character replaced by U+FFFD",
    ]


def test_a_mark_that_the_bytes_contradict_is_an_error() -> None:
    with pytest.raises(ExtractionError) as caught:
        decode(codecs.BOM_UTF8 + b"\xe9\xe8\xe7 caf\xe9")
    assert caught.value.code == ErrorCode.UNDECODABLE_TEXT
    assert caught.value.detail == "The byte order mark says utf-8, the bytes do not agree."


def test_halves_of_a_pair_in_utf8_are_joined() -> None:
    decoded = decode(b"a\xed\xa0\xbd\xed\xb8\x80b\xed\xa0\xbd")
    assert decoded.text == "a😀b\ud83d"
    assert decoded.notes == ["surrogates in UTF-8 joined to characters"]


def test_few_wrong_bytes_in_utf8_are_replaced() -> None:
    decoded = decode(RUSSIAN.encode()[:-1] + b"\xff" + "\ufffd".encode())
    assert decoded.text == RUSSIAN[:-1] + ".\ufffd\ufffd"[-2:]
    assert decoded.notes == ["1 byte sequences of no character replaced by U+FFFD"]


def test_a_file_cut_within_a_character_is_still_utf8() -> None:
    decoded = decode(JAPANESE.encode()[:-1])
    assert decoded.text == JAPANESE[:-1] + "\ufffd"


def test_zero_bytes_in_text_do_not_make_it_utf16() -> None:
    content = (FRENCH + "\0").encode("cp1252")
    assert decode(content).text == FRENCH + "\0"
    assert decode(b"abc\0def and so on " * 3).text == "abc\0def and so on " * 3


def test_what_a_page_declares_goes_before_what_utf8_would_read() -> None:
    assert decode("Ã©".encode("cp1252"), declared="cp1252").text == "Ã©"
    assert decode("é".encode(), declared="cp949").text == "é".encode().decode("cp949")


def test_a_declaration_that_does_not_fit_is_passed_over() -> None:
    assert decode("日本".encode(), declared="iso2022_jp").text == "日本"


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
        b"\x7fELF\x02\x01\x01" + bytes(9) + bytes(range(256)) * 4,
        b"\x01\x02\x03\x04 hello",
        random.Random(7).randbytes(4096),
        b"BM" + bytes(3000),
    ],
    ids=["image", "executable", "controls", "random", "zeros"],
)
def test_binary_content_is_refused(content: bytes) -> None:
    with pytest.raises(ExtractionError) as caught:
        decode(content)
    assert caught.value.code == ErrorCode.UNSUPPORTED_MEDIA_TYPE


def test_what_no_encoding_fits_is_undecodable() -> None:
    with pytest.raises(ExtractionError) as caught:
        decode(bytes(range(0x80, 0x100)) * 4)
    assert caught.value.code == ErrorCode.UNDECODABLE_TEXT


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        (b"<meta charset=utf-8>", "utf_8"),
        (b"<META CHARSET='Shift_JIS'>", "cp932"),
        (b'<meta http-equiv=Content-Type content="text/html; charset=ISO-8859-1">', "cp1252"),
        (b'<?xml version="1.0" encoding="koi8-r"?>', "koi8_r"),
        (b"<meta charset=x-sjis>", "cp932"),
        (b"<meta charset=windows-31j>", "cp932"),
        (b"<meta charset=gb2312>", "gb18030"),
        (b"<meta charset=ks_c_5601-1987>", "cp949"),
        (b"<meta charset=utf-16>", "utf_8"),
        (b"<meta charset=iso-8859-9>", "cp1254"),
        (b"<!-- <meta charset=koi8-r> --><meta charset=big5>", "big5hkscs"),
        (b"<meta charset=bz2_codec>", None),
        (b"<meta charset=no-such-thing>", None),
        (b"<meta charset='\xff'>", None),
        (b"<p>charset=utf-8</p>", None),
    ],
)
def test_a_page_names_its_encoding_as_browsers_understand_it(
    head: bytes, codec: str | None
) -> None:
    assert declared_codec(head) == codec


@pytest.mark.parametrize("content", [b"plain", b"\xff\xfea\0", b"\x1b$B", "é".encode("cp1252")])
def test_preloading_decodes_nothing(content: bytes) -> None:
    preload(content)


@settings(deadline=None)
@given(st.text())
def test_any_text_in_marked_utf16_comes_back(text: str) -> None:
    assert decode(codecs.BOM_UTF16_BE + text.encode("utf_16_be")).text == text


@settings(deadline=None)
@given(st.text(LETTERS))
def test_any_text_in_utf8_comes_back(text: str) -> None:
    assert decode(text.encode()).text.removeprefix("\ufeff") == text.removeprefix("\ufeff")


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_give_text_or_a_code(content: bytes) -> None:
    try:
        text = decode(content).text
    except ExtractionError as error:
        text = error.code
    assert isinstance(text, str)
