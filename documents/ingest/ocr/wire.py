"""What passes between a document's cell and its keeper about pictures of pages."""

from __future__ import annotations

import re
from typing import NamedTuple

from documents.ingest.context import Picture
from documents.ingest.errors import ErrorCode, ExtractionError

PICTURE = b"picture "
# No picture has more dots: an A4 page at 300 to the inch has nine million.
MOST_DOTS = 25_000_000
# No page has more words than this many bytes tell.
MOST_WORDS = 8_000_000
_HEAD = re.compile(rb"picture ([0-9]{1,5}) ([0-9]{1,5}) ([0-9]{1,4})\n")


class Head(NamedTuple):
    """What stands before the dots of a picture."""

    width: int
    height: int
    dots_per_inch: int


def encode_head(picture: Picture) -> bytes:
    """Return the line before a picture's dots."""
    return PICTURE + b"%d %d %d\n" % picture[:3]


def decode_head(line: bytes) -> Head:
    """Read the line before a picture's dots; raises `parser_crashed` for nonsense."""
    match = _HEAD.fullmatch(line)
    head = Head(*map(int, match.groups())) if match else Head(0, 0, 0)
    if not 0 < head.width * head.height <= MOST_DOTS:
        raise ExtractionError(ErrorCode.PARSER_CRASHED)
    return head


def encode_words(words: bytes) -> bytes:
    """Return what was recognised in a picture, as the cell is told it."""
    return b"words %d\n" % len(words) + words


def encode_refusal(code: str) -> bytes:
    """Return why nothing was recognised."""
    return b"failed %b\n" % code.encode()
