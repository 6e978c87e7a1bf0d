"""OpenDocument texts written by hand: their parts as text, zipped."""

from __future__ import annotations

from tests.documents.ingest.docx_files import zipped

OASIS = "urn:oasis:names:tc:opendocument:xmlns"
NAMESPACES = (
    f'xmlns:office="{OASIS}:office:1.0" xmlns:text="{OASIS}:text:1.0"'
    f' xmlns:table="{OASIS}:table:1.0" xmlns:style="{OASIS}:style:1.0"'
    f' xmlns:draw="{OASIS}:drawing:1.0" xmlns:svg="{OASIS}:svg-compatible:1.0"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
MIMETYPE = "application/vnd.oasis.opendocument.text"


def odt(body: str, *, automatic: str = "", styles: str = "", masters: str = "") -> bytes:
    """Return an OpenDocument text; `styles` and `masters` are insides of `styles.xml`."""
    return zipped(parts(body, automatic=automatic, styles=styles, masters=masters))


def parts(body: str, *, automatic: str = "", styles: str = "", masters: str = "") -> dict[str, str]:
    """Return the parts of an OpenDocument text by name."""
    return {
        "mimetype": MIMETYPE,
        "META-INF/manifest.xml": f'<m:manifest xmlns:m="{OASIS}:manifest:1.0"/>',
        "styles.xml": part(
            "document-styles",
            f"<office:styles>{styles}</office:styles>"
            f"<office:master-styles>{masters}</office:master-styles>",
        ),
        "content.xml": part(
            "document-content",
            f"<office:automatic-styles>{automatic}</office:automatic-styles>"
            f"<office:body><office:text>{body}</office:text></office:body>",
        ),
        "meta.xml": part(
            "document-meta", "<office:meta><dc:title>A title</dc:title></office:meta>"
        ),
    }


def part(root: str, inside: str) -> str:
    """Return a part with a root element of its own."""
    return f'<?xml version="1.0"?><office:{root} {NAMESPACES}>{inside}</office:{root}>'


def p(inside: str, style: str = "") -> str:
    """Return a paragraph of markup."""
    return f'<text:p text:style-name="{style}">{inside}</text:p>'
