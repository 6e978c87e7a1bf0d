"""What surrounds the reading of one file: what was asked for, and whom to tell and to ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Boilerplate(StrEnum):
    """What becomes of menus, advertisements and the like around the content of a page."""

    KEEP = "keep"
    DROP = "drop"


class Picture(NamedTuple):
    """A page as it is seen: `width` times `height` bytes of grey, from the top left corner."""

    width: int
    height: int
    dots_per_inch: int
    pixels: bytes


def nobody(done: int, total: int) -> None:
    """Take a report of progress and do nothing."""


OnProgress = Callable[[int, int], None]
# Returns the words of a picture as tesseract's TSV; raises ExtractionError where it has none.
Recognise = Callable[[Picture], str]


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader may heed: the options, progress, and the recognition of text in pictures.

    `recogniser` names and dates the program that recognises, where there is one.
    """

    boilerplate: Boilerplate = Boilerplate.KEEP
    report: OnProgress = nobody
    recognise: Recognise | None = None
    recogniser: str = ""


DEFAULT_CONTEXT = Context()
