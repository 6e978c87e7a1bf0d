"""Files of every format: real, repeatable, and with every true span still in them."""

import io
import unicodedata
from collections.abc import Callable
from dataclasses import replace

import docx
import pypdfium2
import pytest
from docx.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from annotations.sample.corpus import hand_written, sample_documents
from annotations.sample.document import Format, Passage, SampleDocument
from annotations.sample.files import MEDIA_TYPES, write_file
from annotations.sample.locate import locate
from annotations.sample.pdf_file import can_print

FORMATS: tuple[Format, ...] = ("txt", "md", "html", "pdf", "docx")
BY_SLUG = {d.file_name.partition("-")[2].rpartition(".")[0]: d for d in hand_written()}


def from_text(file: bytes, encoding: str) -> str:
    return file.decode(encoding)


def from_html(file: bytes, encoding: str) -> str:
    tree = LexborHTMLParser(file.decode(encoding))
    for node in tree.css("script, style, nav, footer"):
        node.decompose()
    assert tree.body is not None
    return tree.body.text(separator="\n")


def from_markdown(file: bytes, encoding: str) -> str:
    page = MarkdownIt("commonmark").enable("table").render(file.decode(encoding))
    return from_html(page.encode(), "utf-8")


def from_pdf(file: bytes, _encoding: str) -> str:
    pdf = pypdfium2.PdfDocument(file)
    try:
        return "\f".join(page.get_textpage().get_text_range() for page in pdf)
    finally:
        pdf.close()


def from_docx(file: bytes, _encoding: str) -> str:
    parts = docx.Document(io.BytesIO(file)).iter_inner_content()
    return "\n".join(cells(part) if isinstance(part, Table) else part.text for part in parts)


def cells(table: Table) -> str:
    return "\n".join("\t".join(cell.text for cell in row.cells) for row in table.rows)


READERS: dict[Format, Callable[[bytes, str], str]] = {
    "txt": from_text,
    "md": from_markdown,
    "html": from_html,
    "pdf": from_pdf,
    "docx": from_docx,
}


def extracted(document: SampleDocument) -> str:
    return READERS[document.format](write_file(document), document.encoding)


def in_format(document: SampleDocument, wanted: Format) -> SampleDocument:
    return replace(document, format=wanted, encoding="utf-8")


def squeezed(text: str) -> str:
    return "".join(text.split())


def check_spans(document: SampleDocument) -> None:
    """Check that each true span is found in the file, with the same words before it."""
    text = extracted(document)
    located = locate(document.spans, document.text, text)
    assert len(located) == len(document.spans)
    for true, found in zip(document.spans, located, strict=True):
        assert found.label == true.label
        assert squeezed(text[found.start : found.end]) == squeezed(
            document.text[true.start : true.end]
        )
        before = squeezed(document.text[: true.start])[-6:]
        assert squeezed(text[: found.start]).endswith(before)


@pytest.mark.parametrize("wanted", ["txt", "md", "html", "docx"])
@pytest.mark.parametrize("document", hand_written(), ids=lambda d: d.file_name)
def test_every_document_survives_every_format(document: SampleDocument, wanted: Format) -> None:
    check_spans(in_format(document, wanted))


@pytest.mark.parametrize(
    "document", [d for d in hand_written() if can_print(d)], ids=lambda d: d.file_name
)
def test_every_printable_document_survives_pdf(document: SampleDocument) -> None:
    check_spans(in_format(document, "pdf"))


@pytest.mark.parametrize("document", hand_written(), ids=lambda d: d.file_name)
def test_every_document_survives_its_own_file(document: SampleDocument) -> None:
    check_spans(document)


def test_made_documents_survive_their_files() -> None:
    for document in list(sample_documents(200, 9))[len(hand_written()) :]:
        check_spans(document)


def test_pdf_is_kept_for_languages_whose_fonts_every_reader_has() -> None:
    languages = {document.language for document in hand_written() if can_print(document)}
    assert languages == {"en", "de", "fr", "es", "ja", "zh"}


@pytest.mark.parametrize("wanted", FORMATS)
def test_a_file_is_the_same_on_every_call(wanted: Format) -> None:
    document = in_format(BY_SLUG["ward-round"], wanted)
    assert write_file(document) == write_file(document)
    assert wanted in MEDIA_TYPES


@pytest.mark.parametrize(
    ("slug", "start"),
    [
        ("rice-cooker", "昨年".encode("shift_jis")),
        ("kaffeemaschine", b"Sehr geehrte"),
        ("teapot-review", "二〇二〇年".encode("gb18030")),
    ],
)
def test_text_files_are_in_their_encoding(slug: str, start: bytes) -> None:
    file = write_file(BY_SLUG[slug])
    assert file.startswith(start)
    with pytest.raises(UnicodeDecodeError):
        file.decode("utf-8")


def test_utf_16_text_bears_its_mark() -> None:
    assert write_file(BY_SLUG["winter-ledger"])[:2] in (b"\xff\xfe", b"\xfe\xff")


def test_decomposed_text_stays_decomposed() -> None:
    text = write_file(BY_SLUG["pho-chay"]).decode()
    assert text == unicodedata.normalize("NFD", text) == BY_SLUG["pho-chay"].text


def test_markdown_has_headings_lists_tables_and_escapes() -> None:
    passages = (
        Passage("Prices *today*", style="heading"),
        Passage("one\ntwo", style="list"),
        Passage("Tea | leaf\t1\nMilk\t2", style="table"),
        Passage("1. first\n- [not] a list\n# no heading <b>\n> no quote\n2) no"),
    )
    document = replace(in_format(BY_SLUG["ward-round"], "md"), title="A_b", passages=passages)
    assert write_file(document).decode() == (
        "# A\\_b\n\n## Prices \\*today\\*\n\n- one\n- two\n\n"
        "| Tea \\| leaf | 1 |\n| --- | --- |\n| Milk | 2 |\n\n"
        "1\\. first\\\n\\- \\[not\\] a list\\\n\\# no heading \\<b>\\\n\\> no quote\\\n2\\) no\n"
    )
    assert squeezed(extracted(document)) == "A_b" + squeezed(document.text)


@settings(deadline=None)
@given(st.text(st.sampled_from("ab1.)-+=#>*_`~<&;![]\\/ \n|:"), min_size=1, max_size=30))
def test_markdown_reads_back_whatever_was_written(text: str) -> None:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    document = replace(
        in_format(BY_SLUG["ward-round"], "md"), title="T", passages=(Passage("\n".join(lines)),)
    )
    assert squeezed(extracted(document)) == "T" + squeezed("".join(lines))


@pytest.mark.parametrize("document", hand_written(), ids=lambda d: d.file_name)
def test_markdown_holds_every_true_span_in_its_very_source(document: SampleDocument) -> None:
    source = write_file(in_format(document, "md")).decode()
    located = locate(document.spans, document.text, source)
    assert [source[found.start : found.end] for found in located] == [
        document.text[true.start : true.end] for true in document.spans
    ]


def test_html_has_what_web_pages_have_around_their_text() -> None:
    page = write_file(in_format(BY_SLUG["tarte-aux-poires"], "html")).decode()
    for part in (
        "<nav>",
        "<script>",
        "<style>",
        "<footer>",
        "<table><tr><td>",
        "&eacute;",
        "&#x27;",
    ):
        assert part in page
    assert '<html lang="fr" dir="ltr">' in page
    assert "<ul><li>" in write_file(in_format(BY_SLUG["ward-round"], "html")).decode()


def test_html_of_arabic_runs_from_right_to_left() -> None:
    assert b'<html lang="ar" dir="rtl">' in write_file(BY_SLUG["night-library"])


def test_html_says_its_encoding_and_spells_out_what_that_lacks() -> None:
    document = replace(BY_SLUG["lettre-du-phare"], title="𝄞 été")
    page = write_file(document)
    assert b'<meta charset="windows-1252">' in page
    assert b"<title>&#119070; &eacute;t&eacute;</title>" in page


def test_docx_has_headings_lists_and_tables() -> None:
    word = docx.Document(io.BytesIO(write_file(BY_SLUG["ward-round"])))
    styles = [paragraph.style.name for paragraph in word.paragraphs if paragraph.style]
    assert styles.count("Heading 1") == 1
    assert styles.count("Heading 2") == 3
    assert styles.count("List Bullet") == 4
    assert [cell.text for cell in word.tables[0].rows[1].cells] == ["Weight", "84.6 kg", "81.9 kg"]
    assert word.core_properties.title == "Ward round note, bed 12"


def test_pdf_tells_its_title_and_keeps_passages_on_one_page() -> None:
    passages = tuple(Passage(f"passage {number} " + "word " * 60) for number in range(20))
    document = replace(in_format(BY_SLUG["ferry-returns"], "pdf"), title="Öl", passages=passages)
    pdf = pypdfium2.PdfDocument(write_file(document))
    pages = [page.get_textpage().get_text_range() for page in pdf]
    assert pdf.get_metadata_dict()["Title"] == "Öl"
    pdf.close()
    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        assert page.split()[-1] == str(number)
        assert page.count("word") == 60 * page.count("passage")


def test_pdf_breaks_a_passage_that_is_longer_than_a_page() -> None:
    long = (Passage("\n".join(f"line {number}" for number in range(100))),)
    document = replace(in_format(BY_SLUG["ferry-returns"], "pdf"), passages=long)
    pages = extracted(document).split("\f")
    assert [page.count("line") for page in pages] == [42, 44, 14]


def test_pdf_of_chinese_and_japanese_has_real_text() -> None:
    text = extracted(in_format(BY_SLUG["rice-cooker"], "pdf"))
    assert "青葉電器" in squeezed(text)
    assert "青溪镇" in squeezed(extracted(BY_SLUG["mountain-railway"]))


def test_pdf_keeps_a_heading_on_the_page_of_what_it_heads() -> None:
    filling = Passage("\n".join(f"line {number}" for number in range(38)))
    passages = (filling, Passage("Findings", style="heading"), Passage("All is well."))
    document = replace(in_format(BY_SLUG["ferry-returns"], "pdf"), passages=passages)
    first, second = extracted(document).split("\f")
    assert "Findings" not in first
    assert second.split() == ["Findings", "All", "is", "well.", "2"]
