"""Which regular expressions a schema may hold: those that no text makes slow.

Python's engine tries ways one after the other, so that `^(a+)+$` takes years on 40 letters, and a
limit of the pattern's length does not help. So a pattern here begins at `^` and is a row of
characters and classes, each maybe repeated: without groups and alternatives, the ways to match it
are at most the product of the lengths that its repetitions may have. That product is bounded, and
so is the text. What else one would write is an `enum`.
"""

from __future__ import annotations

import re

MAX_PATTERN, MAX_TEXT, MAX_WAYS = 200, 500, 250_000
_ESCAPE = r"\\[dwsDWSnrt!-/:-@\[-`{-~]"
_ITEM = rf"(?:{_ESCAPE}|[^\\\[\]&|~-])"
_CLASS = rf"\[\^?-?(?:{_ITEM}(?:-{_ITEM})?)*-?\]"
_ATOM = re.compile(
    rf"(?:{_CLASS}|{_ESCAPE}|[^\\\[\]^$()|*+?{{}}])"
    r"(?:(?P<open>[*+])|(?P<maybe>\?)|\{(?P<least>\d{1,3})(?P<to>,(?P<most>\d{0,3}))?\})?"
)
ALLOWED = (
    "A pattern begins with ^, may end with $, and is a row of characters and classes between them,"
    " each maybe repeated, two at most without a limit; groups, alternatives and look-arounds can"
    " take for ever."
)


def compiled(pattern: str) -> re.Pattern[str]:
    r"""Return what matches as the pattern says; raises ValueError for one that is not allowed.

    Classes such as `\d` are those of ASCII and `$` is the very end, as JSON Schema has them.
    """
    if len(pattern) > MAX_PATTERN or not pattern.startswith("^"):
        raise ValueError(ALLOWED)
    end = _end_of_atoms(pattern)
    if pattern[end:] not in {"", "$"}:
        raise ValueError(ALLOWED)
    try:
        return re.compile(pattern[:end] + (r"\Z" if pattern[end:] else ""), re.ASCII)
    except re.error as error:
        raise ValueError(f"Not a regular expression: {error}.") from error


def _end_of_atoms(pattern: str) -> int:
    """Return where the row of atoms ends; raises ValueError when it has too many ways."""
    at, ways = 1, 1
    while found := _ATOM.match(pattern, at):
        at = found.end()
        ways *= _lengths(found)
        if ways > MAX_WAYS:
            raise ValueError(ALLOWED)
    return at


def _lengths(found: re.Match[str]) -> int:
    """Return how many lengths a repetition may have in a text of MAX_TEXT."""
    if found["open"] or (found["to"] and not found["most"]):
        return MAX_TEXT
    if found["maybe"]:
        return 2
    return max(1, int(found["most"]) - int(found["least"]) + 1) if found["most"] else 1
