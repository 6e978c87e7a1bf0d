from __future__ import annotations

from html import escape

import pytest
import selectolax
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import SelectolaxError

from documents.ingest import ErrorCode, Extraction, ExtractionError, Limits, html
from documents.ingest.html import extract
from tests.documents.ingest.languages import JAPANESE, RUSSIAN
from tests.documents.ingest.layouts import assert_sound, held

WORDS = st.lists(st.text("ab<&>é😀", min_size=1), min_size=1)
TAGS = """<div> </div> <p> <table> <tr> <td> <th> </table> <ul> <li> </ul> <br> <pre> </pre>
<b> </b> <h2> </h2> <caption> <svg> <math> <select> <option> <template> <!-- --> <p/hidden>
<span/style="display:none"> <script> </script> <textarea> <title> &amp; <"""
MARKUP = st.lists(st.sampled_from(TAGS.split()) | st.text("a \n\t\xa0😀"))


def extracted(body: str) -> Extraction:
    return extract(f"<!doctype html><body>{body}".encode(), Limits())


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>Hello,  <b>bold</b>\n world </p>", "Hello, bold world"),
        ("<p>a</p><p>b</p>c", "a\n\nb\n\nc"),
        ("a<div>b<div>c</div>d</div>e", "a\nb\nc\nd\ne"),
        ("a<br>b<br/> <br>c", "a\nb\n\nc"),
        ("<p>a<br></p><p>b</p>", "a\n\nb"),
        ("<h1>A</h1><div>b</div>", "A\n\nb"),
        ("a<hr>b", "a\n\nb"),
        ("a <span> b </span> c", "a b c"),
        ("a&nbsp; b&amp;lt; &#128512; &#xD800;", "a\xa0 b&lt; 😀 \ufffd"),
        ("a\xadb\u200bc\u2028d", "a\xadb\u200bc\u2028d"),
        ("x<pre>\n a\n  b\n\n</pre>y", "x\n\n a\n  b\n\ny"),
        ("x<pre>\r\na\r\nb</pre>", "x\n\na\nb"),
        ("<textarea>\na <b>\n</textarea>", "a <b>"),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "漢kan"),
        ("<select><option>a<option>b</select>", "a\nb"),
        ("<details><summary>s</summary>d</details>", "s\nd"),
        ("<svg><title>t</title><text>shown</text></svg>", "shown"),
        ("<math><mi>x</mi><annotation>y</annotation></math>", "x"),
        ("<p>a<table><tr><td>b</table>c", "a\n\nb\n\nc"),
        ("<b><p>a</b>b</p>c", "ab\n\nc"),
        ("<table>astray<tr><td>b</table>", "astray\n\nb"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("<br><br>a<br>", "a"),
        ("<xmp><b>a</b></xmp>", "<b>a</b>"),
        ("<svg><td>a</td><td>b</td></svg>", "ab"),
    ],
)
def test_text_is_laid_out_as_a_browser_does(body: str, text: str) -> None:
    assert extracted(body).text == text


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>alert(1)</script>",
        "<style>p {}</style>",
        "<template><p>no</p></template>",
        "<noscript><p>no</p></noscript>",
        "<!-- no -->",
        "<p hidden>no</p>",
        "<p hidden=until-found>no</p>",
        '<p style="color:red; DISPLAY : none">no</p>',
        '<p style="visibility:hidden">no</p>',
        "<dialog>no</dialog>",
        "<iframe>no</iframe>",
        "<video>no</video>",
        "<datalist><option>no</datalist>",
        "<object>no</object>",
        "<input type=hidden value=no>",
    ],
)
def test_what_a_browser_hides_is_no_text(hidden: str) -> None:
    assert extracted(f"<p>a</p>{hidden}<p>b</p>").text == "a\n\nb"


def test_what_is_not_hidden_is_shown() -> None:
    body = '<dialog open>a</dialog><p style="color:red">b</p><p style>c</p>'
    assert extracted(body).text == "a\n\nb\n\nc"


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ("<tr><th>A<th>B<tr><td>1<td>2", "A\tB\n1\t2"),
        ("<tr> <td> <p>a</p> </td> <td> <p>b</p> </td> </tr>", "a\tb"),
        ("<tr><td>a<td><td>c<tr><td><td>x", "a\t\tc\n\tx"),
        ("<tr><td>a<td></td></tr><tr><td>b", "a\nb"),
        ("<tr><td>a<br>b<td>c", "a\nb\tc"),
        ("<tr><td><br>a<td>c", "a\tc"),
        ("<tr><td>a<td><table><tr><td>b<td>c<tr><td>d</table><tr><td>e", "a\tb\tc\nd\n\ne"),
        ("<tr><td><table><tr><td>a</table><td>b", "a\tb"),
        ("<tr><td><table><tr></table><td>b", "\tb"),
        ("<tr><td><pre>a\n</pre><td>b", "a\tb"),
    ],
)
def test_rows_are_lines_and_cells_are_parted_by_tabs(rows: str, text: str) -> None:
    assert extracted(f"<table>{rows}</table>").text == text


def test_block_elements_become_blocks() -> None:
    extraction = extracted(
        "<h1>Top</h1>intro<p>one<br>two</p><ul><li>a<li><p>b</p><ol><li>c</ol></ul>"
        "<table><caption>Cap</caption><tr><td>x<td>y<tr><td>z</table>"
        "<pre>code</pre><blockquote><p>q1<p>q2</blockquote><figure>f<figcaption>fc</figure>"
        "<dl><dt>t<dd>d</dl><h6>Six</h6>"
    )
    assert held(extraction) == [
        ("heading", 1, "Top"),
        ("paragraph", None, "intro"),
        ("paragraph", None, "one\ntwo"),
        ("list_item", 1, "a"),
        ("list_item", 1, "b"),
        ("list_item", 2, "c"),
        ("caption", None, "Cap"),
        ("table_row", None, "x\ty"),
        ("table_row", None, "z"),
        ("code", None, "code"),
        ("quote", None, "q1"),
        ("quote", None, "q2"),
        ("paragraph", None, "f"),
        ("caption", None, "fc"),
        ("list_item", 1, "t"),
        ("list_item", 1, "d"),
        ("heading", 6, "Six"),
    ]


def test_a_cell_of_several_paragraphs_is_not_one_block() -> None:
    assert held(extracted("<table><tr><td><p>a<p>b<td>c</table>")) == [
        ("table_row", None, "a"),
        ("table_row", None, "b\tc"),
    ]


def test_the_extraction_says_what_made_it() -> None:
    extraction = extract(b"<html><title> A\n page </title><p>x<title>no</title>", Limits())
    assert extraction.media_type == "text/html"
    assert (extraction.extractor, extraction.extractor_version) == (
        "lexbor",
        selectolax.__version__,
    )
    assert extraction.metadata == {"title": "A page"}
    assert extracted("x").metadata == {}


@pytest.mark.parametrize(
    ("content", "text", "notes"),
    [
        (f"<html><p>{RUSSIAN}".encode(), RUSSIAN, []),
        (
            f"<html><meta charset=shift_jis><p>{JAPANESE}".encode("cp932"),
            JAPANESE,
            ["encoding: shift_jis"],
        ),
        (f"<html><p>{RUSSIAN}".encode("koi8_r"), RUSSIAN, ["encoding: koi8-r"]),
        (
            f"<html><meta charset=koi8-r><p>{RUSSIAN}".encode("utf_8_sig"),
            RUSSIAN,
            ["byte order mark left out"],
        ),
        (
            f"<html><p>{RUSSIAN}".encode("utf_16_le"),
            RUSSIAN,
            ["encoding: utf-16le"],
        ),
    ],
    ids=["utf-8", "meta", "guessed", "mark over meta", "utf-16"],
)
def test_the_encoding_comes_from_mark_then_page_then_guess(
    content: bytes, text: str, notes: list[str]
) -> None:
    extraction = extract(content, Limits())
    assert extraction.text == " ".join(text.split())
    assert extraction.notes == notes


def test_nul_characters_are_replaced_and_noted() -> None:
    extraction = extract(b"<html><p>a\0b is a longer text than that", Limits())
    assert extraction.text == "a\ufffdb is a longer text than that"
    assert extraction.notes == ["1 NUL characters replaced by U+FFFD"]


def test_xhtml_may_close_a_script_at_once() -> None:
    content = (
        b'<?xml version="1.0"?><html><head><script src="x"/><title/></head><body>y</body></html>'
    )
    assert extract(content, Limits()).text == "y"


@pytest.mark.parametrize(
    ("content", "limits", "code"),
    [
        (b"<html><script>x</script>", Limits(), ErrorCode.NO_TEXT_FOUND),
        (b"<html><frameset><frame></frameset>", Limits(), ErrorCode.NO_TEXT_FOUND),
        (b"<html><p>abcd", Limits(characters=3), ErrorCode.TOO_LARGE),
        (b"<html>" + b"a<br>" * 3, Limits(characters=4), ErrorCode.TOO_LARGE),
        (b"<html>" + bytes(range(256)) * 9, Limits(), ErrorCode.UNSUPPORTED_MEDIA_TYPE),
    ],
)
def test_a_page_without_text_says_why(content: bytes, limits: Limits, code: ErrorCode) -> None:
    with pytest.raises(ExtractionError) as caught:
        extract(content, limits)
    assert caught.value.code == code


def test_a_parser_that_gives_up_lacked_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(*_: object, **__: object) -> None:
        raise SelectolaxError

    monkeypatch.setattr(html.document, "LexborHTMLParser", give_up)
    with pytest.raises(ExtractionError) as caught:
        extracted("x")
    assert caught.value.code == ErrorCode.PARSER_OUT_OF_MEMORY


def test_depth_is_no_matter() -> None:
    extraction = extracted("<div>" * 5_000 + "x" + "<span>" * 5_000 + "y")
    assert extraction.text == "xy"


@settings(deadline=None)
@given(WORDS)
def test_the_text_of_paragraphs_comes_back(words: list[str]) -> None:
    extraction = extracted("".join(f"<p>{escape(word)}</p>" for word in words))
    assert extraction.text == "\n\n".join(words)
    assert [text for _, _, text in held(extraction)] == words


@settings(deadline=None)
@given(MARKUP)
def test_the_layout_of_any_markup_is_sound(pieces: list[str]) -> None:
    extraction = extracted("start" + "".join(pieces))
    assert_sound(extraction)
