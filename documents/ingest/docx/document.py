"""A Word file as one text: the body, then notes, then headers and footers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.parsers.expat import EXPAT_VERSION

from documents.ingest.docx.package import Package
from documents.ingest.docx.story import Line, Story
from documents.ingest.docx.styles import Styles
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import Extraction, Reading, title_metadata
from documents.ingest.layout import Composer
from documents.ingest.limits import Limits
from documents.ingest.media_type import DOCX

APPENDED = {
    "footnotes": "footnote",
    "endnotes": "endnote",
    "header": "header",
    "footer": "footer",
}


def extract(content: bytes, limits: Limits) -> Extraction:
    """Return the text of a Word file, one line for each paragraph and table row.

    Raises `docx_broken`, `docx_encrypted`, `unsupported_media_type`, `too_large` and
    `no_text_found`.
    """
    package = Package(content, limits)
    main = next(iter(package.related("officeDocument")), "word/document.xml")
    styles = Styles()
    for part in package.related("styles", main):
        package.stream(part, styles)
    body = _story(package, main, styles)
    if body.root != "w:document":
        raise ExtractionError(ErrorCode.UNSUPPORTED_MEDIA_TYPE)
    composer = Composer(limits)
    _write(composer, body.finish())
    _append(composer, package, main, styles)
    return Reading(
        text=composer.text(),
        media_type=DOCX,
        extractor="expat",
        extractor_version=EXPAT_VERSION.removeprefix("expat_"),
        blocks=composer.blocks,
        notes=["hidden text left out"] if body.has_hidden_text else [],
        metadata=title_metadata(_title(package)),
    ).extraction(limits)


def _story(package: Package, part: str, styles: Styles) -> Story:
    story = Story(styles)
    package.stream(part, story)
    return story


def _append(composer: Composer, package: Package, main: str, styles: Styles) -> None:
    """Add what stands apart from the body; a header that many sections share only once."""
    written: set[tuple[str, str]] = set()
    for relation, kind in APPENDED.items():
        for part in package.related(relation, main):
            lines = _story(package, part, styles).finish()
            lines = [line._replace(kind=kind, level=None) for line in lines if line.text.strip()]
            text = "\n".join(line.text for line in lines)
            if (kind, text) not in written:
                written.add((kind, text))
                _write(composer, lines)


def _write(composer: Composer, lines: Iterable[Line]) -> None:
    for line in lines:
        if composer.length:
            composer.write("\n")
        start = composer.length
        composer.write(line.text)
        composer.blocks.add(line.kind, start, composer.length, line.level)


class _Title:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._inside = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._inside = name == "dc:title"

    def end(self, name: str) -> None:
        self._inside = False

    def text(self, data: str) -> None:
        if self._inside:
            self.pieces.append(data)


def _title(package: Package) -> str:
    title = _Title()
    for part in package.related("core-properties"):
        package.stream(part, title)
    return "".join(title.pieces)
