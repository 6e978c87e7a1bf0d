from __future__ import annotations

from xml.sax.saxutils import escape
from zipfile import ZIP_STORED

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.ingest import ErrorCode, ExtractionError, Limits
from documents.ingest.odt import extract
from documents.ingest.xml import EXPAT_VERSION
from tests.documents.ingest.docx_files import zipped
from tests.documents.ingest.layouts import assert_sound, held
from tests.documents.ingest.odt_files import OASIS, odt, p, parts

AUTOMATIC = """
<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>
<style:style style:name="P2" style:family="paragraph" style:parent-style-name="Quotations"/>
<style:style style:name="P3" style:family="paragraph" style:parent-style-name="P4"/>
<style:style style:name="P4" style:family="paragraph" style:parent-style-name="P3"/>
<style:style style:name="P5" style:family="paragraph">
  <style:text-properties text:display="none"/></style:style>
<style:style style:name="T1" style:family="text">
  <style:text-properties text:display="none"/></style:style>
"""


def text_of(body: str) -> str:
    return extract(odt(body, automatic=AUTOMATIC), Limits()).text


def code_of(content: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(ExtractionError) as caught:
        extract(content, limits or Limits())
    return caught.value.code


def test_paragraphs_are_lines_and_headings_have_levels() -> None:
    body = (
        p("Title", "P1")
        + '<text:h text:outline-level="2">Heading</text:h><text:h>First</text:h>'
        + p("One <text:span>two</text:span> 😀")
        + p("")
        + p("said", "P2")
        + p("lost", "P3")
    )
    extraction = extract(odt(body, automatic=AUTOMATIC), Limits())
    assert extraction.text == "Title\nHeading\nFirst\nOne two 😀\n\nsaid\nlost"
    assert held(extraction) == [
        ("heading", 1, "Title"),
        ("heading", 2, "Heading"),
        ("heading", 1, "First"),
        ("paragraph", None, "One two 😀"),
        ("quote", None, "said"),
        ("paragraph", None, "lost"),
    ]
    assert extraction.media_type == "application/vnd.oasis.opendocument.text"
    assert (extraction.extractor, extraction.extractor_version) == ("expat", EXPAT_VERSION)
    assert extraction.metadata == {"title": "A title"}


def test_white_space_counts_once_where_it_is_not_spelled_out() -> None:
    blanks = '<text:s text:c="3"/><text:tab/>d<text:s/><text:line-break/>e '
    body = p(f" a \n  b<text:span> </text:span> c{blanks}")
    assert text_of(body) == "a b c   \td \ne"
    assert text_of(p("\n <text:span>a</text:span>")) == "a"
    assert text_of(p('x<text:s text:c="many"/>y<text:s text:c="999999999"/>z')) == (
        "x y" + " " * 1_000 + "z"
    )


def test_lists_have_depths() -> None:
    body = (
        f"<text:list><text:list-item>{p('one')}<text:list><text:list-item>{p('two')}"
        f"</text:list-item></text:list></text:list-item></text:list>{p('after')}"
    )
    assert held(extract(odt(body), Limits())) == [
        ("list_item", 1, "one"),
        ("list_item", 2, "two"),
        ("paragraph", None, "after"),
    ]


def test_a_table_row_is_a_line_with_tabs() -> None:
    row = "<table:table-row><table:table-cell>{}</table:table-cell></table:table-row>"
    inner = f"<table:table>{row.format(p('in'))}</table:table>"
    body = (
        "<table:table><table:table-row>"
        f"<table:table-cell>{p('a')}{p('b')}</table:table-cell><table:covered-table-cell/>"
        f"<table:table-cell>{inner}</table:table-cell></table:table-row></table:table>"
    )
    extraction = extract(odt(body), Limits())
    assert held(extraction) == [("table_row", None, "a\nb\t\tin")]


def test_notes_then_headers_and_footers_follow_the_body() -> None:
    body = p(
        'a<text:note text:note-class="endnote"><text:note-citation>i</text:note-citation>'
        f"<text:note-body>{p('end')}</text:note-body></text:note>"
        '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
        f"<text:note-body>{p('foot')}{p('')}</text:note-body></text:note> b"
    )
    masters = (
        f"<style:master-page><style:header>{p('head')}</style:header>"
        f"<style:header-left>{p('head')}</style:header-left>"
        f"<style:footer>{p('page')}</style:footer></style:master-page>"
    )
    extraction = extract(odt(body, masters=masters), Limits())
    assert held(extraction) == [
        ("paragraph", None, "a b"),
        ("footnote", None, "foot"),
        ("endnote", None, "end"),
        ("header", None, "head"),
        ("footer", None, "page"),
    ]


def test_what_was_deleted_commented_or_described_is_left_out() -> None:
    deleted = f"<text:deletion>{p('gone')}</text:deletion>"
    comment = f"<office:annotation>{p('comment')}</office:annotation>"
    picture = "<draw:frame><svg:title>picture</svg:title></draw:frame>"
    body = f"<text:tracked-changes>{deleted}</text:tracked-changes>{p(f'a{comment}{picture}b')}"
    assert text_of(body) == "ab"


def test_hidden_text_is_left_out_with_a_note() -> None:
    body = (
        p("a<text:span text:style-name='T1'>secret<text:s/></text:span>b")
        + p("hidden", "P5")
        + f"<text:section text:display='none'>{p('section')}</text:section>"
    )
    extraction = extract(odt(body, automatic=AUTOMATIC), Limits())
    assert (extraction.text, extraction.notes) == ("ab", ["hidden text left out"])


def test_a_text_box_follows_its_paragraph() -> None:
    box = f"<draw:frame><draw:text-box>{p('box')}</draw:text-box></draw:frame>"
    assert text_of(p(f"before {box}after") + p("next")) == "before after\nbox\nnext"


@pytest.mark.parametrize(
    "body",
    [
        "<table:table-cell/><table:table-row/>",
        "<text:s/><text:tab/>loose",
        f"<text:note>{p('')}</text:note><style:header/>",
    ],
)
def test_elements_in_the_wrong_place_do_no_harm(body: str) -> None:
    assert text_of(p("x") + body).strip() == "x"


def test_a_file_without_styles_or_manifest_is_read() -> None:
    only = {"content.xml": parts(p("x"))["content.xml"]}
    assert extract(zipped(only), Limits()).text == "x"


def test_an_encrypted_file_says_so() -> None:
    manifest = f'<m:manifest xmlns:m="{OASIS}:manifest:1.0"><m:encryption-data/></m:manifest>'
    assert code_of(zipped({**parts(""), "META-INF/manifest.xml": manifest})) == "odt_encrypted"
    assert code_of(zipped({**parts(""), "encrypted-package": "x"})) == "odt_encrypted"


def test_what_gives_no_text_says_why() -> None:
    sheet = parts("")["content.xml"].replace("office:text", "office:spreadsheet")
    assert code_of(zipped({**parts(""), "content.xml": sheet})) == "unsupported_media_type"
    assert code_of(odt(p(""))) == "no_text_found"
    assert code_of(odt("<text:p>")) == "odt_broken"
    assert code_of(odt(p("abcdef")), Limits(characters=5)) == "too_large"
    assert code_of(odt(p("x"))[:-30]) == "odt_broken"
    assert code_of(zipped({"mimetype": "x"}, ZIP_STORED)) == "odt_broken"


@pytest.mark.parametrize("name", ["content.xml", "styles.xml", "meta.xml"])
def test_a_document_type_is_refused(name: str) -> None:
    hostile = parts(p("x"))
    hostile[name] = hostile[name].replace("?>", '?><!DOCTYPE x [<!ENTITY a "aaaa">]>')
    with pytest.raises(ExtractionError) as caught:
        extract(zipped(hostile), Limits())
    assert caught.value.code == ErrorCode.ODT_BROKEN
    assert caught.value.detail == "A part declares a document type, which no ODT document has."


@settings(deadline=None)
@given(st.lists(st.text("abc<&>é😀", min_size=1), min_size=1))
def test_the_text_of_paragraphs_comes_back(texts: list[str]) -> None:
    extraction = extract(odt("".join(p(escape(text)) for text in texts)), Limits())
    assert extraction.text == "\n".join(texts)
    assert_sound(extraction)
