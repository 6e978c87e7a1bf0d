"""What office documents have in common once their parts are read, whatever their format."""

from __future__ import annotations

from collections.abc import Iterable

from documents.ingest.extraction import Extraction, Reading, title_metadata
from documents.ingest.layout import Composer
from documents.ingest.limits import Limits
from documents.ingest.xml import EXPAT_VERSION, Title
from documents.ingest.zipped import Container

HIDDEN_TEXT = "hidden text left out"


def settle(
    composer: Composer,
    container: Container,
    *,
    media_type: str,
    about: Iterable[str],
    has_hidden_text: bool,
    limits: Limits,
) -> Extraction:
    """Return what was written as an extraction; the title stands in the parts `about` it.

    Raises `too_large`, `no_text_found`, and `…_broken` for those parts.
    """
    title = Title()
    for part in about:
        container.stream(part, title)
    return Reading(
        text=composer.text(),
        media_type=media_type,
        extractor="expat",
        extractor_version=EXPAT_VERSION,
        blocks=composer.blocks,
        notes=[HIDDEN_TEXT] if has_hidden_text else [],
        metadata=title_metadata(title.title),
    ).extraction(limits)
