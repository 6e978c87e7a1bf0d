"""What kind of file some bytes are, by their content alone."""

from __future__ import annotations

import re
from pathlib import PurePath

from documents.ingest.errors import ErrorCode, ExtractionError

PLAIN = "text/plain"
MARKDOWN = "text/markdown"
HTML = "text/html"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

# The module that reads each kind; named, because a cell imports only the one that it needs.
READERS = {
    PLAIN: "documents.ingest.plain",
    MARKDOWN: "documents.ingest.markdown",
    HTML: "documents.ingest.html",
    PDF: "documents.ingest.pdf",
    DOCX: "documents.ingest.docx",
}
MARKDOWN_SUFFIXES = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mkdn"})

_HEAD = 16_384
_TAIL = 4096
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Formats that would pass for text.
_LOOKALIKES = (b"{\\rtf", b"%!PS", b"GIF87a", b"GIF89a", b"%FDF-")
# Atomic groups, so that no input makes the search step back.
_PAGE = re.compile(
    rb"(?>\s+|<\?xml[^>]*>|<!--.*?-->)*+<(?:!doctype\s+html|html|head|body|title|meta)\b",
    re.IGNORECASE | re.DOTALL,
)
_FRAGMENT = re.compile(
    rb"(?>\s+|<!--.*?-->)*+<(?:h[1-6]|div|p|table|ul|ol|section|article|main|header|nav|form"
    rb"|script|style|iframe|font|center|span|b|a|br|img|blockquote|pre)(?=[\s/>])",
    re.IGNORECASE | re.DOTALL,
)


def is_markdown_name(file_name: str) -> bool:
    """Tell whether a file name says Markdown, which no content can tell from plain text."""
    return PurePath(file_name).suffix.lower() in MARKDOWN_SUFFIXES


def sniff(content: bytes, *, markdown_name: bool = False) -> str:
    """Return the media type of a file's bytes; the name only tells Markdown from plain text.

    Raises `empty_file`, `docx_encrypted` and `unsupported_media_type`. Binary content of
    no known kind passes for text here, and is refused when it is decoded.
    """
    if not content:
        raise ExtractionError(ErrorCode.EMPTY_FILE)
    if _is_pdf(content):
        return PDF
    if content.startswith((_ZIP, _OLE)):
        return _office(content)
    if content.startswith(_LOOKALIKES):
        raise ExtractionError(ErrorCode.UNSUPPORTED_MEDIA_TYPE)
    return _text(content, markdown_name=markdown_name)


def _is_pdf(content: bytes) -> bool:
    """Accept what readers accept: bytes before the header, if the file also ends as a PDF."""
    if content[:_HEAD].lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"%PDF-"):
        return True
    return b"%PDF-" in content[:1024] and b"startxref" in content[-_TAIL:]


def _office(content: bytes) -> str:
    """Judge a container by the names in it; what a Word document holds is checked later."""
    if content.startswith(_OLE) and "EncryptedPackage".encode("utf_16_le") in content:
        raise ExtractionError(ErrorCode.DOCX_ENCRYPTED)
    if content.startswith(_ZIP) and b"[Content_Types].xml" in content and b"word/" in content:
        return DOCX
    raise ExtractionError(ErrorCode.UNSUPPORTED_MEDIA_TYPE)


def _text(content: bytes, *, markdown_name: bool) -> str:
    # Without its zero bytes even the markup of a page in UTF-16 is ASCII.
    head = content[:_HEAD].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    if _PAGE.match(head):
        return HTML
    if markdown_name:
        return MARKDOWN
    return HTML if _FRAGMENT.match(head) else PLAIN
