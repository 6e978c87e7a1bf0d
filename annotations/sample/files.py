"""Turns a demo document into the bytes of a real file of its format."""

from collections.abc import Callable

from annotations.sample.document import Format, SampleDocument
from annotations.sample.docx_file import write_docx
from annotations.sample.html_file import write_html
from annotations.sample.markdown_file import write_markdown
from annotations.sample.pdf_file import write_pdf

MEDIA_TYPES: dict[Format, str] = {
    "txt": "text/plain",
    "md": "text/markdown",
    "html": "text/html",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def write_file(document: SampleDocument) -> bytes:
    """Return the file of a document, the same bytes on every call."""
    return _WRITERS[document.format](document)


def _write_text(document: SampleDocument) -> bytes:
    return document.text.encode(document.encoding)


_WRITERS: dict[Format, Callable[[SampleDocument], bytes]] = {
    "txt": _write_text,
    "md": write_markdown,
    "html": write_html,
    "pdf": write_pdf,
    "docx": write_docx,
}
