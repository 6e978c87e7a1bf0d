"""A Word file as one text: the body, then notes, then headers and footers."""

from __future__ import annotations

from documents.ingest.docx.package import Package
from documents.ingest.docx.story import Story
from documents.ingest.docx.styles import Styles
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import Extraction
from documents.ingest.layout import Composer
from documents.ingest.limits import Limits
from documents.ingest.media_type import DOCX
from documents.ingest.office import settle

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
    composer.write_lines(body.finish())
    _append(composer, package, main, styles)
    return settle(
        composer,
        package,
        media_type=DOCX,
        about=package.related("core-properties"),
        has_hidden_text=body.has_hidden_text,
        limits=limits,
    )


def _story(package: Package, part: str, styles: Styles) -> Story:
    story = Story(styles)
    package.stream(part, story)
    return story


def _append(composer: Composer, package: Package, main: str, styles: Styles) -> None:
    """Add what stands apart from the body; a header that many sections share only once."""
    for relation, kind in APPENDED.items():
        for part in package.related(relation, main):
            composer.append_apart(kind, _story(package, part, styles).finish())
