"""Word files written by hand: their parts as text, zipped."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
CORE = f"{PACKAGE}/metadata/core-properties"


def docx(body: str, **parts: str) -> bytes:
    """Return a Word file; `parts` are the insides of `styles`, `footnotes`, `header1` …"""
    return zipped(word_parts(body, **parts))


def word_parts(body: str, **parts: str) -> dict[str, str]:
    """Return the parts of a Word file by name."""
    links = [(name.rstrip("0123456789"), f"{name}.xml") for name in parts]
    return {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relationships(("officeDocument", "word/document.xml")),
        "word/document.xml": part("document", f"<w:body>{body}</w:body>"),
        "word/_rels/document.xml.rels": relationships(*links),
        **{f"word/{name}.xml": part(name, inside) for name, inside in parts.items()},
    }


def part(root: str, inside: str) -> str:
    """Return a part with a root element of its own."""
    return f'<?xml version="1.0"?><w:{root} {NAMESPACES}>{inside}</w:{root}>'


def relationships(*links: tuple[str, str], mode: str = "Internal") -> str:
    """Return a part that links to others by the last word of a type."""
    rows = (
        f'<Relationship Id="r{number}" Type="{kind if ":" in kind else f"{OFFICE}/{kind}"}"'
        f' Target="{target}" TargetMode="{mode}"/>'
        for number, (kind, target) in enumerate(links)
    )
    return f'<Relationships xmlns="{PACKAGE}">{"".join(rows)}</Relationships>'


def zipped(parts: Mapping[str, str | bytes], compression: int = ZIP_DEFLATED) -> bytes:
    """Return an archive of named parts."""
    file = BytesIO()
    with ZipFile(file, "w", compression) as archive:
        for name, content in parts.items():
            # Without the present time in it: xdist's workers must make the same file.
            archive.writestr(ZipInfo(name), content, compression)
    return file.getvalue()


def paragraph(*runs: str, properties: str = "") -> str:
    """Return a paragraph of runs; what is no markup is escaped text."""
    inside = "".join(item if item.startswith("<") else run(item) for item in runs)
    return f"<w:p><w:pPr>{properties}</w:pPr>{inside}</w:p>"


def run(text: str, properties: str = "") -> str:
    """Return a run of text."""
    escaped = escape(text)
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{escaped}</w:t></w:r>'


def table(*rows: tuple[str, ...]) -> str:
    """Return a table whose cells hold the markup given."""
    cells = ("".join(f"<w:tc>{cell}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"
