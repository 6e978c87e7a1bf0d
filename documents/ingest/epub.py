"""EPUB: the chapters of a book in reading order, each one read as HTML.

Chapters are pages, with a form feed between them. The table of contents is navigation, not
text. A book is its author's page after page: nothing in it is run, fetched or followed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from documents.ingest import html
from documents.ingest.charsets import declared_codec
from documents.ingest.context import DEFAULT_CONTEXT, Context
from documents.ingest.encoding import Decoded, decode
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import Extraction, Reading, storable, title_metadata
from documents.ingest.layout import Composer
from documents.ingest.limits import Limits
from documents.ingest.media_type import EPUB
from documents.ingest.xml import Dialect, Silent, Title
from documents.ingest.zipped import Container

BOOK = Dialect(
    "EPUB",
    ErrorCode.EPUB_BROKEN,
    ErrorCode.EPUB_ENCRYPTED,
    {
        "http://purl.org/dc/elements/1.1/": "dc",
        "http://www.idpf.org/2007/opf": "opf",
        "http://www.w3.org/2001/04/xmlenc#": "enc",
        "urn:oasis:names:tc:opendocument:xmlns:container": "ocf",
    },
)
CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
# Fonts may be obfuscated by these, which locks nobody out of the text.
OBFUSCATION = frozenset(
    {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"},
)
PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
PAGE_END = "\f"
# How many chapters a note names.
NAMED = 5
NOTE = 1_000


class Item(NamedTuple):
    """A file of the book, as its manifest has it."""

    href: str
    media_type: str
    is_navigation: bool


def extract(content: bytes, limits: Limits, context: Context = DEFAULT_CONTEXT) -> Extraction:
    """Return the text of a book chapter by chapter.

    Raises `epub_broken`, `epub_encrypted`, `too_large`, `parser_out_of_memory` and
    `no_text_found`.
    """
    container = Container(content, limits, BOOK)
    if any(".." in name.split("/") for name in container.names):
        raise _outside()
    _require_no_rights(container)
    package = _root(container)
    book = _Package()
    container.stream(package, book)
    chapters = list(book.chapters(posixpath.dirname(package)))
    limits.require("pages", len(chapters))
    composer = Composer(limits)
    notes = list(_write(composer, container, chapters, context))
    return Reading(
        text=composer.text(),
        media_type=EPUB,
        extractor="lexbor",
        extractor_version=html.VERSION,
        blocks=composer.blocks,
        pages=composer.pages,
        notes=notes,
        metadata={"page_count": len(chapters), **title_metadata(book.title)},
    ).extraction(limits)


def _write(
    composer: Composer, container: Container, chapters: list[str], context: Context
) -> Iterator[str]:
    """Write the chapters that are there and yield notes."""
    missing = []
    said: dict[str, None] = {}
    for index, name in enumerate(chapters):
        if index:
            composer.write(PAGE_END)
        start = composer.length
        decoded = _decoded(container, name)
        if decoded is None:
            missing.append(name)
        else:
            said.update(dict.fromkeys(html.write(decoded, composer).notes))
        composer.pages.append([start, composer.length])
        context.report(index + 1, len(chapters))
    yield from said
    if missing:
        first = storable(", ".join(missing[:NAMED]))[0]
        yield f"{len(missing)} chapters missing or unreadable, among them {first}"[:NOTE]


def _decoded(container: Container, name: str) -> Decoded | None:
    if name not in container:
        return None
    content = container.read(name)
    with suppress(ExtractionError):
        return decode(content, declared_codec(content))
    return None


class _Root(Silent):
    def __init__(self) -> None:
        self.path = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "ocf:rootfile" and not self.path:
            self.path = attributes.get("full-path", "")


def _root(container: Container) -> str:
    root = _Root()
    container.stream(CONTAINER, root)
    return _inside("", root.path)


class _Package(Title):
    """Listen to the package document: what the book is made of, and in which order."""

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[str, Item] = {}
        self._spine: list[str] = []
        self._contents: set[str] = set()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        super().start(name, attributes)
        if name == "opf:item":
            self._items[attributes.get("id", "")] = Item(
                attributes.get("href", ""),
                attributes.get("media-type", "").lower(),
                "nav" in attributes.get("properties", "").split(),
            )
        elif name == "opf:itemref":
            self._spine.append(attributes.get("idref", ""))
        elif name == "opf:reference" and attributes.get("type") == "toc":
            # Where it leads into a chapter, `href` has a fragment and is no file's name.
            self._contents.add(attributes.get("href", ""))

    def chapters(self, folder: str) -> Iterator[str]:
        """Yield the names of the chapters in reading order, each one once."""
        for name in dict.fromkeys(self._spine):
            item = self._items.get(name)
            if item is None or item.is_navigation or item.media_type not in PAGES:
                continue
            if item.href not in self._contents:
                yield _inside(folder, item.href)


class _Encryption(Silent):
    def __init__(self) -> None:
        self.locks = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "enc:EncryptionMethod":
            self.locks = self.locks or attributes.get("Algorithm") not in OBFUSCATION


def _require_no_rights(container: Container) -> None:
    encryption = _Encryption()
    if ENCRYPTION in container:
        container.stream(ENCRYPTION, encryption)
    if encryption.locks:
        raise ExtractionError(ErrorCode.EPUB_ENCRYPTED)


def _inside(folder: str, link: str) -> str:
    """Return the name of a part that is linked to from `folder`; raises `epub_broken`."""
    try:
        address = urlsplit(link)
    except ValueError as error:
        raise _outside() from error
    path = posixpath.normpath(posixpath.join(folder, unquote(address.path)))
    if address.scheme or address.netloc or path.startswith(("/", "..")) or path == ".":
        raise _outside()
    return path


def _outside() -> ExtractionError:
    return ExtractionError(ErrorCode.EPUB_BROKEN, "It leads to a file outside of the book.")
