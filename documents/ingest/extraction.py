"""The outcome of reading one file, and what holds for the text of every format."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from documents.ingest.boxes import Geometry
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.language import detect
from documents.ingest.layout import Blocks, Layout
from documents.ingest.limits import Limits

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
TITLE_CHARACTERS = 500

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Extraction:
    """A document's text, its layout, and what had to be done to get them.

    `text` is what the file says, not normalised; offsets in `layout` count its code
    points. `notes` are for people, `metadata` is what the file says about itself.
    `language` is a BCP 47 tag with a confidence from 0 to 1, both None when it is unclear.
    """

    text: str
    media_type: str
    extractor: str
    extractor_version: str
    layout: Layout
    notes: list[str]
    metadata: dict[str, str | int]
    language: str | None = None
    language_confidence: float | None = None


@dataclass(slots=True)
class Reading:
    """What a format's reader found in a file, before it is checked."""

    text: str
    media_type: str
    extractor: str
    extractor_version: str
    blocks: Blocks
    pages: list[list[int]] = field(default_factory=list)
    geometry: list[Geometry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    metadata: dict[str, str | int] = field(default_factory=dict)

    def extraction(self, limits: Limits) -> Extraction:
        """Check the text, then settle it; raises `too_large` and `no_text_found`."""
        limits.require("characters", len(self.text))
        if not self.text or self.text.isspace():
            raise ExtractionError(ErrorCode.NO_TEXT_FOUND)
        return self.settled()

    def settled(
        self, *, in_known_language: bool = False, with_sentences: bool = True
    ) -> Extraction:
        """Make the text storable and bring the blocks to their final bounds."""
        text, replaced = storable(self.text)
        layout: Layout = {"pages": self.pages, "blocks": self.blocks.within(text)}
        if with_sentences:
            layout["sentences"] = self.blocks.sentences(text, layout["blocks"])
        if self.geometry:
            layout["geometry"] = self.geometry
        language = None if in_known_language else detect(text)
        return Extraction(
            text=text,
            media_type=self.media_type,
            extractor=self.extractor,
            extractor_version=self.extractor_version,
            layout=layout,
            notes=[*self.notes, *replaced, *self.blocks.notes()],
            metadata=self.metadata,
            language=language.tag if language else None,
            language_confidence=language.confidence if language else None,
        )


def storable(text: str) -> tuple[str, list[str]]:
    """Replace NUL and lone surrogates by U+FFFD, one for one, and note how many."""
    if text.isascii() and "\0" not in text:
        return text, []
    notes = []
    if nuls := text.count("\0"):
        text = text.replace("\0", REPLACEMENT)
        notes.append(f"{nuls} NUL characters replaced by U+FFFD")
    text, surrogates = _SURROGATE.subn(REPLACEMENT, text)
    if surrogates:
        notes.append(f"{surrogates} lone surrogates replaced by U+FFFD")
    return text, notes


def title_metadata(title: str | None) -> dict[str, str | int]:
    """Return a title on one line and of bounded length, or nothing when there is none."""
    line = " ".join(storable(title or "")[0].split())[:TITLE_CHARACTERS]
    return {"title": line} if line else {}
