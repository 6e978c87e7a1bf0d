"""Books written by hand: their parts as text, zipped."""

from __future__ import annotations

from collections.abc import Mapping

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf"/><rootfile full-path="other.opf"/></rootfiles></container>'
)


def page(inside: str, head: str = "") -> str:
    """Return a chapter."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">'
        f"<head>{head}</head><body>{inside}</body></html>"
    )


def parts(
    chapters: Mapping[str, str | bytes], *, manifest: str = "", spine: str = "", more: str = ""
) -> dict[str, str | bytes]:
    """Return the parts of a book by name; chapters by their links from the package."""
    items = "".join(
        f'<item id="c{number}" href="{name}" media-type="application/xhtml+xml"/>'
        for number, name in enumerate(chapters)
    )
    references = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>A book</dc:title>'
        "<dc:title>Its subtitle</dc:title></metadata>"
        f"<manifest>{manifest}{items}</manifest><spine>{spine}{references}</spine>{more}</package>"
    )
    return {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OPS/book.opf": package,
        **{f"OPS/{name}": content for name, content in chapters.items()},
    }
