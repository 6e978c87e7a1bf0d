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
ODT = "application/vnd.oasis.opendocument.text"
EPUB = "application/epub+zip"
RTF = "application/rtf"
EML = "message/rfc822"
CSV = "text/csv"
TSV = "text/tab-separated-values"
JSON = "application/json"
JSON_LINES = "application/jsonl"

# The module that reads each kind; named, because a cell imports only the one that it needs.
READERS = {
    PLAIN: "documents.ingest.plain",
    MARKDOWN: "documents.ingest.markdown",
    HTML: "documents.ingest.html",
    PDF: "documents.ingest.pdf",
    DOCX: "documents.ingest.docx",
    ODT: "documents.ingest.odt",
    EPUB: "documents.ingest.epub",
    RTF: "documents.ingest.rtf",
    EML: "documents.ingest.eml",
}
# What only the whole text tells, which the reader of plain text looks at once it is decoded.
RECORDS = frozenset({CSV, TSV, JSON, JSON_LINES})
# What holds texts in any encoding, which nobody has seen yet.
MIXED = frozenset({EPUB, EML, RTF})
MEDIA_TYPES = frozenset(READERS) | RECORDS
MARKDOWN_SUFFIXES = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mkdn"})

_HEAD = 16_384
_TAIL = 4096
# A head of more bytes may end inside of a line.
_CUT = 8192
_MARKS = b"\xef\xbb\xbf\r\n\t "
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A container may say first and uncompressed what it is; else the names in it do.
_NAME = 30
_SAID = {
    b"mimetypeapplication/epub+zip": EPUB,
    b"mimetypeapplication/vnd.oasis.opendocument.text": ODT,
}
_HELD = {
    (b"[Content_Types].xml", b"word/"): DOCX,
    (b"META-INF/container.xml",): EPUB,
    (b"META-INF/manifest.xml", b"content.xml"): ODT,
}
_RICH = b"{\\rtf"
# Formats that would pass for text.
_LOOKALIKES = (b"%!PS", b"GIF87a", b"GIF89a", b"%FDF-")
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
_FIELD = re.compile(rb"([!-9;-~]{1,78}):|[ \t]")
# What no letter is without, and what else tells one from a text that begins with a colon.
_ORIGIN = frozenset({b"date", b"from", b"message-id", b"mime-version", b"received", b"return-path"})
_ADDRESSED = _ORIGIN | {b"cc", b"content-type", b"delivered-to", b"reply-to", b"subject", b"to"}


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
    if content[:_HEAD].lstrip(_MARKS).startswith(_RICH):
        return RTF
    if content.startswith(_LOOKALIKES):
        raise ExtractionError(ErrorCode.UNSUPPORTED_MEDIA_TYPE)
    return _text(content, markdown_name=markdown_name)


def _is_pdf(content: bytes) -> bool:
    """Accept what readers accept: bytes before the header, if the file also ends as a PDF."""
    if content[:_HEAD].lstrip(_MARKS).startswith(b"%PDF-"):
        return True
    return b"%PDF-" in content[:1024] and b"startxref" in content[-_TAIL:]


def _office(content: bytes) -> str:
    """Judge a container by the names in it; what a document holds is checked by its reader."""
    if content.startswith(_OLE) and "EncryptedPackage".encode("utf_16_le") in content:
        raise ExtractionError(ErrorCode.DOCX_ENCRYPTED)
    if content.startswith(_ZIP) and (media_type := _zipped(content)):
        return media_type
    raise ExtractionError(ErrorCode.UNSUPPORTED_MEDIA_TYPE)


def _zipped(content: bytes) -> str | None:
    said = (kind for words, kind in _SAID.items() if content.startswith(words, _NAME))
    held = (kind for names, kind in _HELD.items() if all(name in content for name in names))
    return next(said, None) or next(held, None)


def _text(content: bytes, *, markdown_name: bool) -> str:
    # Without its zero bytes even the markup of a page in UTF-16 is ASCII.
    head = content[:_HEAD].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    if _PAGE.match(head):
        return HTML
    if _is_message(head):
        return EML
    if markdown_name:
        return MARKDOWN
    return HTML if _FRAGMENT.match(head) else PLAIN


def _is_message(head: bytes) -> bool:
    """Tell an e-mail by fields that only letters have, on every line up to an empty one."""
    names = set()
    lines = head.lstrip(b"\r\n").splitlines()
    for line in lines[:-1] if len(head) > _CUT else lines:
        if not line:
            break
        field = _FIELD.match(line)
        if field is None:
            return False
        names.add((field[1] or b"").lower())
    return bool(names & _ORIGIN) and len(names & _ADDRESSED) > 1
