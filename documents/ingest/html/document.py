"""A page as one text, with or without what is not its own content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import selectolax
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode, SelectolaxError

from documents.ingest.charsets import declared_codec
from documents.ingest.context import DEFAULT_CONTEXT, Boilerplate, Context
from documents.ingest.encoding import Decoded, decode
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import Extraction, Reading, storable, title_metadata
from documents.ingest.html.boilerplate import Survey
from documents.ingest.html.elements import HIDDEN
from documents.ingest.html.rendering import Rendering
from documents.ingest.layout import Composer
from documents.ingest.limits import Limits
from documents.ingest.media_type import HTML

VERSION = selectolax.__version__


_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# XML may close these at once; for an HTML parser all that follows would be inside of them.
_CLOSED_AT_ONCE = re.compile(
    r"<(iframe|noframes|noscript|script|style|template|textarea|title|xmp)\b([^<>]*)/>",
    re.IGNORECASE,
)


def extract(content: bytes, limits: Limits, context: Context = DEFAULT_CONTEXT) -> Extraction:
    """Return a page's visible text.

    Raises `unsupported_media_type`, `undecodable_text`, `too_large` and `no_text_found`.
    """
    composer = Composer(limits)
    page = write(decode(content, declared_codec(content)), composer, context.boilerplate)
    return Reading(
        text=composer.text(),
        media_type=HTML,
        extractor="lexbor",
        extractor_version=VERSION,
        blocks=composer.blocks,
        notes=page.notes,
        metadata=title_metadata(page.title),
    ).extraction(limits)


class Page(NamedTuple):
    """What a page says beside its text."""

    title: str | None
    notes: list[str]


def write(
    decoded: Decoded, composer: Composer, boilerplate: Boilerplate = Boilerplate.KEEP
) -> Page:
    """Append the visible text of a page that is already decoded; raises `too_large`."""
    source, notes = storable(decoded.text)
    if source.lstrip().startswith("<?xml"):
        source = _CLOSED_AT_ONCE.sub(r"<\1\2></\1>", source)
    page = _parse(source)
    if boilerplate is Boilerplate.DROP:
        dropped = _survey(page, composer.limits)
        notes += [f"{len(dropped)} blocks of boilerplate left out"] if dropped else []
        _render(page, Rendering(composer, dropped))
    else:
        _render(page, Rendering(composer))
    title = page.css_first("head title")
    return Page(title.text() if title else None, [*decoded.notes, *notes])


def _parse(source: str) -> LexborHTMLParser:
    try:
        return LexborHTMLParser(source, options=LexborDocumentOptions.WO_EVENTS)
    except SelectolaxError as error:
        # It parses whatever it is given; all that it can lack is memory.
        raise ExtractionError(ErrorCode.PARSER_OUT_OF_MEMORY) from error


def _render(page: LexborHTMLParser, rendering: Rendering) -> None:
    for node, opening in _visible(page.root):
        if node.is_text_node:
            rendering.text(node.text_content or "")
        elif opening:
            rendering.open(node.tag or "")
        else:
            rendering.close(node.tag or "")
    rendering.finish()


def _survey(page: LexborHTMLParser, limits: Limits) -> frozenset[int]:
    """Return which blocks of a page are boilerplate, having gone through it once."""
    rendering, survey = Rendering(Composer(limits)), Survey()
    for node, opening in _visible(page.root):
        if node.is_text_node:
            data = node.text_content or ""
            rendering.text(data)
            survey.text(rendering.block, data)
        elif opening:
            rendering.open(node.tag or "")
            survey.open(node.tag or "", node.attributes)
        else:
            rendering.close(node.tag or "")
            survey.close(node.tag or "")
    return survey.boilerplate()


def _visible(root: LexborNode | None) -> Iterator[tuple[LexborNode, bool]]:
    """Yield what is visible, an element twice: when it opens and when it closes.

    Without recursion, as pages may nest without bound; and without comparing nodes, which
    would serialise them.
    """
    pending = [(root, True)] if root else []
    while pending:
        node, opening = pending.pop()
        if opening and (sibling := node.next) is not None:
            pending.append((sibling, True))
        if node.is_text_node or not opening:
            yield node, opening
        elif _is_shown(node):
            yield node, True
            pending.append((node, False))
            if (child := node.first_child) is not None:
                pending.append((child, True))


def _is_shown(node: LexborNode) -> bool:
    tag = node.tag
    if not node.is_element_node or tag in HIDDEN:
        return False
    attributes = node.attributes
    if "hidden" in attributes or (tag == "dialog" and "open" not in attributes):
        return False
    return not _INVISIBLE.search(attributes.get("style") or "")
