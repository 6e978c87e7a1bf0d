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
# Of whatever kind: as a document it is refused, by a reader that looks into it.
ARCHIVE = "application/x-archive"

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
    ARCHIVE: "documents.ingest.archives.opening",
}
# What only the whole text tells, which the reader of plain text looks at once it is decoded.
RECORDS = frozenset({CSV, TSV, JSON, JSON_LINES})
# What holds texts in any encoding, which nobody has seen yet.
MIXED = frozenset({EPUB, EML, RTF})
# Those whose readers heed the options, tell how far they are, or ask for words in pictures.
WITH_CONTEXT = frozenset({HTML, PDF, EPUB})
MEDIA_TYPES = (frozenset(READERS) - {ARCHIVE}) | RECORDS
MARKDOWN_SUFFIXES = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mkdn"})

_HEAD = 16_384
_RECORD = 512
_TAIL = 4096
# A head of more bytes may end inside of a line.
_CUT = 8192
_MARKS = b"\xef\xbb\xbf\r\n\t "
_ZIP = b"PK\x03\x04"
ZIP_MARKS = frozenset({_ZIP, b"PK\x05\x06"})
GZIP, BZIP2, XZ = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0"
_PACKED = re.compile(rb"\x1f\x8b\x08|BZh[1-9](?:1AY&SY|\x17rE8P\x90)|\xfd7zXZ\0")
# Archives that are told but not read.
_OTHERS = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
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
# What tells other documents and programs, which nobody takes for archives of files.
_PACKAGES = (b"[Content_Types].xml", b"META-INF/manifest.xml", b"META-INF/MANIFEST.MF", b"mimetype")
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
    if content.startswith((_ZIP, _OLE)) and (media_type := _office(content)):
        return media_type
    if is_archive(content) and not content.startswith(_OTHERS):
        return ARCHIVE
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


def is_archive(content: bytes) -> bool:
    """Tell an archive of files, or a packed file, whether it could be read here or not."""
    if content.startswith(tuple(ZIP_MARKS)):
        names = _names(content)
        return not _zipped(content) and not any(_holds(names, name) for name in _PACKAGES)
    packed = _PACKED.match(content) is not None or content.startswith(_OTHERS)
    return packed or _is_tar(content[:_RECORD])


def _is_tar(head: bytes) -> bool:
    """Tell the header of a TAR since POSIX by its mark and its checksum."""
    if len(head) < _RECORD or head[257:262] != b"ustar":
        return False
    told = re.match(rb" *([0-7]{1,7})", head[148:156])
    return told is not None and int(told[1], 8) == sum(head[:148]) + 8 * 32 + sum(head[156:])


def _office(content: bytes) -> str | None:
    """Judge a container by the names in it; what a document holds is checked by its reader."""
    if content.startswith(_OLE) and "EncryptedPackage".encode("utf_16_le") in content:
        raise ExtractionError(ErrorCode.DOCX_ENCRYPTED)
    media_type = _zipped(content) if content.startswith(_ZIP) else None
    if media_type is None and not is_archive(content):
        raise ExtractionError(ErrorCode.UNSUPPORTED_MEDIA_TYPE)
    return media_type


def _zipped(content: bytes) -> str | None:
    said = (kind for words, kind in _SAID.items() if content.startswith(words, _NAME))
    directory = _names(content)
    held = (kind for names, kind in _HELD.items() if all(_holds(directory, name) for name in names))
    return next(said, None) or next(held, None)


def _names(content: bytes) -> bytes:
    """Return the directory of a ZIP, or all of it where none is found."""
    end = content.rfind(b"PK\x05\x06")
    length = int.from_bytes(content[end + 12 : end + 16], "little")
    return content[end - length : end] if 0 < length <= end else content


def _holds(directory: bytes, name: bytes) -> bool:
    """Tell whether a name, or the beginning of one, is that of a member."""
    heads = rb"(?:PK\x01\x02.{42}|PK\x03\x04.{26})"
    return re.search(heads + re.escape(name), directory, re.DOTALL) is not None


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
