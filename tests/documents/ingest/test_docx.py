from __future__ import annotations

from xml.parsers.expat import EXPAT_VERSION

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.ingest import ErrorCode, ExtractionError, Limits
from documents.ingest.docx import extract
from tests.documents.ingest.docx_files import (
    CORE,
    docx,
    paragraph,
    part,
    relationships,
    run,
    table,
    word_parts,
    zipped,
)
from tests.documents.ingest.layouts import assert_sound, held

STYLES = """
<w:docDefaults><w:pPrDefault><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:pPrDefault></w:docDefaults>
<w:style w:styleId="berschrift2"><w:name w:val="heading 2"/><w:basedOn w:val="Normal"/></w:style>
<w:style w:styleId="Sub"><w:name w:val="Mine"/><w:basedOn w:val="berschrift2"/></w:style>
<w:style w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:styleId="Outlined"><w:pPr><w:outlineLvl w:val="3"/></w:pPr></w:style>
<w:style w:styleId="Bullets"><w:name w:val="List Bullet"/><w:pPr><w:numPr><w:ilvl w:val="1"/>
  <w:numId w:val="7"/></w:numPr></w:pPr></w:style>
<w:style w:styleId="Zitat"><w:name w:val="Quote"/></w:style>
<w:style w:styleId="Loop"><w:basedOn w:val="Pool"/></w:style>
<w:style w:styleId="Pool"><w:basedOn w:val="Loop"/></w:style>
<w:style w:styleId="Odd"><w:pPr><w:outlineLvl w:val="many"/></w:pPr></w:style>
"""


def text_of(body: str, **parts: str) -> str:
    return extract(docx(body, **parts), Limits()).text


def styled(style: str) -> str:
    return f'<w:pStyle w:val="{style}"/>'


def numbered(number: str, depth: str = "0") -> str:
    return f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'


def test_paragraphs_are_lines() -> None:
    extraction = extract(
        docx(paragraph("One ", "😀 two") + paragraph() + paragraph(" three")), Limits()
    )
    assert extraction.text == "One 😀 two\n\n three"
    assert held(extraction) == [("paragraph", None, "One 😀 two"), ("paragraph", None, "three")]


def test_the_extraction_says_what_made_it() -> None:
    extraction = extract(docx(paragraph("x")), Limits())
    assert extraction.media_type.endswith("wordprocessingml.document")
    assert (extraction.extractor, extraction.extractor_version) == ("expat", EXPAT_VERSION[6:])
    assert (extraction.notes, extraction.metadata) == ([], {})


def test_styles_and_properties_make_headings_lists_and_quotes() -> None:
    paragraphs = [
        ("Title", styled("Titel")),
        ("Two", styled("berschrift2")),
        ("Two too", styled("Sub")),
        ("Four", styled("Outlined")),
        ("Direct", '<w:outlineLvl w:val="0"/>'),
        ("Body after all", styled("berschrift2") + '<w:outlineLvl w:val="9"/>'),
        ("Numbered heading", styled("berschrift2") + numbered("1")),
        ("item", numbered("1", "2")),
        ("bullet", styled("Bullets")),
        ("no bullet", styled("Bullets") + numbered("0")),
        ("quote", styled("Zitat")),
        ("loop", styled("Loop")),
        ("odd", styled("Odd")),
        ("unknown", styled("Nowhere")),
    ]
    body = "".join(paragraph(text, properties=properties) for text, properties in paragraphs)
    assert [
        (kind, level) for kind, level, _ in held(extract(docx(body, styles=STYLES), Limits()))
    ] == [
        ("heading", 1),
        ("heading", 2),
        ("heading", 2),
        ("heading", 4),
        ("heading", 1),
        ("paragraph", None),
        ("heading", 2),
        ("list_item", 3),
        ("list_item", 2),
        ("paragraph", None),
        ("quote", None),
        ("paragraph", None),
        ("paragraph", None),
        ("paragraph", None),
    ]


def test_rows_are_lines_and_cells_are_parted_by_tabs() -> None:
    inner = table((paragraph("n1"), paragraph("n2")), (paragraph("n3"), paragraph("n4")))
    rows = table(
        (paragraph("a"), paragraph("b1") + paragraph("b2")),
        (paragraph(), inner + paragraph()),
    )
    extraction = extract(docx(paragraph("before") + rows + paragraph("after")), Limits())
    assert extraction.text == "before\na\tb1\nb2\n\tn1\tn2\nn3\tn4\nafter"
    assert held(extraction) == [
        ("paragraph", None, "before"),
        ("table_row", None, "a\tb1\nb2"),
        ("table_row", None, "n1\tn2\nn3\tn4"),
        ("paragraph", None, "after"),
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<w:r><w:tab/><w:t>a</w:t><w:ptab/></w:r>", "\ta\t"),
        ("<w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:cr/><w:br w:type='page'/></w:r>", "a\nb\n\n"),
        ("<w:r><w:t>a</w:t><w:noBreakHyphen/><w:softHyphen/></w:r>", "a\u2011\u00ad"),
        ("<w:r><w:sym w:font='Wingdings' w:char='F0E0'/></w:r>", "\uf0e0"),
        ("<w:r><w:sym w:char='110000'/><w:sym w:char='x'/><w:sym/></w:r>", "\ufffd\ufffd\ufffd"),
        ("<w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink>", "link"),
        ("<w:ins><w:r><w:t>new</w:t></w:r></w:ins>", "new"),
        ("<w:moveTo><w:r><w:t>here</w:t></w:r></w:moveTo>", "here"),
        ("<w:r><w:t>a</w:t></w:r><w:del><w:r><w:delText>old</w:delText></w:r></w:del>", "a"),
        ("<w:r><w:t>a</w:t></w:r><w:moveFrom><w:r><w:t>there</w:t></w:r></w:moveFrom>", "a"),
        ("<w:r><w:rPr><w:del/></w:rPr><w:t>a</w:t></w:r>", "a"),
        ("<w:sdt><w:sdtContent><w:r><w:t>field</w:t></w:r></w:sdtContent></w:sdt>", "field"),
        ("<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>7</w:t></w:r>", "7"),
        ("<w:fldSimple w:instr='DATE'><w:r><w:t>today</w:t></w:r></w:fldSimple>", "today"),
        ("<m:oMath><m:r><m:t>x+y</m:t></m:r></m:oMath>", "x+y"),
        ("<w:r><w:t>&amp;&#x1F600;<!-- no --><![CDATA[<b>]]></w:t></w:r>", "&😀<b>"),
        ("<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>shown</w:t></w:r>", "shown"),
    ],
)
def test_runs_give_their_characters_with_changes_accepted(content: str, text: str) -> None:
    body = f"<w:p><w:pPr><w:tabs><w:tab w:val='left'/></w:tabs></w:pPr>{content}</w:p>"
    assert text_of(body + paragraph("end")) == f"{text}\nend"


def test_hidden_text_is_left_out_and_noted() -> None:
    body = paragraph(run("no", "<w:vanish/>"), "yes") + paragraph("last")
    extraction = extract(docx(body), Limits())
    assert extraction.text == "yes\nlast"
    assert extraction.notes == ["hidden text left out"]


def test_a_hidden_paragraph_mark_hides_no_text() -> None:
    assert text_of(paragraph("a", properties="<w:rPr><w:vanish/></w:rPr>")) == "a"


def test_what_properties_were_before_a_change_does_not_count() -> None:
    change = f"<w:pPrChange><w:pPr>{styled('berschrift2')}</w:pPr></w:pPrChange>"
    extraction = extract(docx(paragraph("a", properties=change), styles=STYLES), Limits())
    assert held(extraction) == [("paragraph", None, "a")]


def test_a_deleted_paragraph_mark_joins_two_paragraphs() -> None:
    gone = "<w:rPr><w:del/></w:rPr>"
    body = paragraph("a", properties=gone) + paragraph("b", properties=gone) + paragraph("c")
    assert text_of(body + paragraph("d")) == "abc\nd"


def test_a_deleted_mark_before_a_table_or_an_end_joins_nothing() -> None:
    gone = paragraph("a", properties="<w:rPr><w:del/></w:rPr>")
    assert text_of(gone + table((gone, paragraph("b")))) == "a\na\tb"
    assert text_of(gone) == "a"


def test_a_deleted_row_is_no_text() -> None:
    rows = table((paragraph("old"),), (paragraph("new"),))
    body = rows.replace("<w:tr>", "<w:tr><w:trPr><w:del/></w:trPr>", 1)
    assert text_of(body) == "new"


def test_text_boxes_follow_the_paragraph_they_are_anchored_in() -> None:
    def box(*items: str) -> str:
        return f"<w:txbxContent>{''.join(items)}</w:txbxContent>"

    gone = paragraph("box end", properties="<w:rPr><w:del/></w:rPr>")
    chosen = box(paragraph("box"), table((paragraph("cell"),)), gone)
    anchored = (
        "<w:r><mc:AlternateContent>"
        f"<mc:Choice Requires='wps'>{chosen}</mc:Choice>"
        f"<mc:Choice Requires='wpg'>{box(paragraph('other'))}</mc:Choice>"
        f"<mc:Fallback>{box(paragraph('again'))}</mc:Fallback></mc:AlternateContent></w:r>"
    )
    body = paragraph("before ", anchored, "after") + paragraph("next")
    assert text_of(body) == "before after\nbox\ncell\nbox end\nnext"


def test_a_fallback_alone_is_read() -> None:
    fallback = "<mc:Fallback><w:r><w:t>old</w:t></w:r></mc:Fallback>"
    only = f"<mc:AlternateContent>{fallback}</mc:AlternateContent>"
    assert text_of(paragraph(only)) == "old"


def test_notes_then_headers_and_footers_follow_the_body() -> None:
    extraction = extract(
        docx(
            paragraph("body"),
            endnotes=f"<w:endnote>{paragraph('end')}</w:endnote>",
            footer1=paragraph("foot"),
            footnotes=(
                f"<w:footnote w:type='separator'>{paragraph('----')}</w:footnote>"
                f"<w:footnote>{paragraph(' one')}{paragraph()}</w:footnote>"
                f"<w:footnote>{table((paragraph('two'),))}</w:footnote>"
            ),
            header1=paragraph("head"),
            header2=paragraph("head"),
            header3=paragraph(),
        ),
        Limits(),
    )
    assert extraction.text == "body\n one\ntwo\nend\nhead\nfoot"
    assert held(extraction) == [
        ("paragraph", None, "body"),
        ("footnote", None, "one"),
        ("footnote", None, "two"),
        ("endnote", None, "end"),
        ("header", None, "head"),
        ("footer", None, "foot"),
    ]


def test_the_title_is_taken_from_the_core_properties() -> None:
    parts = word_parts(paragraph("x"))
    parts["_rels/.rels"] = relationships(
        ("officeDocument", "/word/document.xml"), (CORE, "docProps/core.xml")
    )
    parts["docProps/core.xml"] = (
        '<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A\n title</dc:title>'
        "<dc:creator>Somebody</dc:creator></c>"
    )
    assert extract(zipped(parts), Limits()).metadata == {"title": "A title"}


def test_a_strict_file_reads_like_any_other() -> None:
    strict = part("document", f"<w:body>{paragraph('strict')}</w:body>").replace(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
    parts = {**word_parts(""), "word/document.xml": strict}
    assert extract(zipped(parts), Limits()).text == "strict"


def test_the_main_part_is_found_by_relation_or_by_its_usual_name() -> None:
    parts = word_parts(paragraph("x"))
    parts["word/document2.xml"] = parts.pop("word/document.xml")
    parts["_rels/.rels"] = relationships(("officeDocument", "word/document2.xml"))
    assert extract(zipped(parts), Limits()).text == "x"
    usual = {"word/document.xml": parts["word/document2.xml"]}
    assert extract(zipped(usual), Limits()).text == "x"


def test_relations_out_of_the_file_are_not_followed() -> None:
    parts = word_parts(paragraph("x"), footnotes=paragraph("note"))
    parts["word/_rels/document.xml.rels"] = relationships(
        ("footnotes", "footnotes.xml"), mode="External"
    )
    assert extract(zipped(parts), Limits()).text == "x"
    parts["word/_rels/document.xml.rels"] = relationships(("footnotes", "../../../etc/passwd"))
    assert extract(zipped(parts), Limits()).text == "x"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (paragraph(), ErrorCode.NO_TEXT_FOUND),
        ("<w:p><w:r><w:t>cut", ErrorCode.DOCX_BROKEN),
        (paragraph("abcdef"), ErrorCode.TOO_LARGE),
    ],
)
def test_what_gives_no_text_says_why(body: str, code: ErrorCode) -> None:
    with pytest.raises(ExtractionError) as caught:
        extract(docx(body), Limits(characters=5))
    assert caught.value.code == code


def test_another_office_file_is_not_supported() -> None:
    parts = {**word_parts(""), "word/document.xml": part("workbook", "")}
    with pytest.raises(ExtractionError) as caught:
        extract(zipped(parts), Limits())
    assert caught.value.code == ErrorCode.UNSUPPORTED_MEDIA_TYPE


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        "<!DOCTYPE x>",
    ],
)
def test_a_document_type_is_refused(declaration: str) -> None:
    document = part("document", f"<w:body>{paragraph('x')}</w:body>")
    hostile = document.replace("?>", f"?>{declaration}")
    for content in (hostile, hostile.encode("utf-16")):
        with pytest.raises(ExtractionError) as caught:
            extract(zipped({**word_parts(""), "word/document.xml": content}), Limits())
        assert caught.value.code == ErrorCode.DOCX_BROKEN
        assert caught.value.detail == "A part declares a document type, which no Word document has."


@pytest.mark.parametrize(
    "body",
    [
        "<w:tc><w:tr/></w:tc>",
        "<mc:Choice/><mc:Fallback/>",
        "<w:pStyle w:val='x'/><w:numPr><w:ilvl w:val='1'/></w:numPr>",
        "<w:trPr><w:del/></w:trPr><w:rPr><w:del/></w:rPr><w:vanish/>",
        "<w:r><w:tab/><w:t>lost</w:t></w:r>",
    ],
)
def test_elements_in_the_wrong_place_do_no_harm(body: str) -> None:
    assert text_of(body + paragraph("x")).strip() == "x"


@settings(deadline=None)
@given(st.lists(st.text("ab <&>é😀", min_size=1).filter(str.strip), min_size=1))
def test_the_text_of_paragraphs_comes_back(texts: list[str]) -> None:
    extraction = extract(docx("".join(paragraph(run(text)) for text in texts)), Limits())
    assert extraction.text == "\n".join(texts)
    assert [text for _, _, text in held(extraction)] == [text.strip() for text in texts]
    assert_sound(extraction)
