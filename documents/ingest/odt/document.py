"""An OpenDocument text as one text: the body, then notes, then headers and footers."""

from __future__ import annotations

from collections.abc import Mapping

from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import Extraction
from documents.ingest.layout import Composer
from documents.ingest.limits import Limits
from documents.ingest.media_type import ODT
from documents.ingest.odt.story import Story
from documents.ingest.odt.styles import Styles
from documents.ingest.office import settle
from documents.ingest.xml import Dialect, Silent
from documents.ingest.zipped import Container

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
OPEN_DOCUMENT = Dialect(
    "ODT",
    ErrorCode.ODT_BROKEN,
    ErrorCode.ODT_ENCRYPTED,
    {
        "http://purl.org/dc/elements/1.1/": "dc",
        "http://www.w3.org/1998/Math/MathML": "math",
        f"{_OASIS}:manifest:1.0": "manifest",
        f"{_OASIS}:office:1.0": "office",
        f"{_OASIS}:style:1.0": "style",
        f"{_OASIS}:svg-compatible:1.0": "svg",
        f"{_OASIS}:table:1.0": "table",
        f"{_OASIS}:text:1.0": "text",
    },
)
MANIFEST = "META-INF/manifest.xml"
META = "meta.xml"


def extract(content: bytes, limits: Limits) -> Extraction:
    """Return the text of an OpenDocument text, one line for each paragraph and table row.

    Raises `odt_broken`, `odt_encrypted`, `unsupported_media_type`, `too_large` and
    `no_text_found`.
    """
    container = Container(content, limits, OPEN_DOCUMENT)
    _require_no_password(container)
    styles = Styles()
    furniture = Story(styles)
    if "styles.xml" in container:
        container.stream("styles.xml", styles)
        container.stream("styles.xml", furniture)
    body = Story(styles)
    container.stream("content.xml", styles)
    container.stream("content.xml", body)
    if not body.is_text:
        raise ExtractionError(ErrorCode.UNSUPPORTED_MEDIA_TYPE)
    return settle(
        _compose(body, furniture, limits),
        container,
        media_type=ODT,
        about=[META] if META in container else [],
        has_hidden_text=body.has_hidden_text,
        limits=limits,
    )


def _compose(body: Story, furniture: Story, limits: Limits) -> Composer:
    composer = Composer(limits)
    composer.write_lines(body.lines)
    composer.write_lines(body.apart["footnote"])
    composer.write_lines(body.apart["endnote"])
    for kind in ("header", "footer"):
        for lines in furniture.furniture[kind]:
            composer.append_apart(kind, lines)
    return composer


class _Encryption(Silent):
    def __init__(self) -> None:
        self.found = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.found = self.found or name == "manifest:encryption-data"


def _require_no_password(container: Container) -> None:
    encryption = _Encryption()
    if MANIFEST in container:
        container.stream(MANIFEST, encryption)
    if encryption.found or "encrypted-package" in container:
        raise ExtractionError(ErrorCode.ODT_ENCRYPTED)
