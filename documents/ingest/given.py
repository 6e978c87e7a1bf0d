"""Text that comes as characters rather than as a file, and so needs no cell."""

from __future__ import annotations

from documents.ingest.extraction import Extraction
from documents.ingest.limits import DEFAULT_LIMITS
from documents.ingest.media_type import MARKDOWN

# What a web process may parse while a client waits.
PARSED_CHARACTERS = 50_000


def describe_text(
    text: str, media_type: str, *, in_known_language: bool = False, with_sentences: bool = True
) -> Extraction:
    """Lay out a text as Markdown when `media_type` says so, else as plain text.

    Nothing is refused: an empty text has an empty layout. NUL and lone surrogates become
    U+FFFD as in a file. What takes longest is left out where it is known, as a language may be,
    or is found when it is asked for, as the sentences of a short text are.
    """
    # Inside, so that a cell for another format has room for its own work.
    from documents.ingest import markdown, plain

    if media_type == MARKDOWN:
        reading = markdown.read(text, DEFAULT_LIMITS, PARSED_CHARACTERS)
    else:
        reading = plain.read(text, DEFAULT_LIMITS)
    return reading.settled(in_known_language=in_known_language, with_sentences=with_sentences)
