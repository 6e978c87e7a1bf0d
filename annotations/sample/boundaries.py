"""Where a text may be cut: never inside what a reader sees as one character, best between words."""

import unicodedata
from collections.abc import Iterator

_JOINER = "\u200d"
_VIRAMA = 9


def is_boundary(text: str, index: int) -> bool:
    """Tell whether a cut before code point `index` leaves every visible character whole."""
    if not 0 < index < len(text):
        return True
    before, after = text[index - 1], text[index]
    if before in "\r\n" or after in "\r\n":
        return before + after != "\r\n"
    if before == _JOINER or _extends(after):
        return False
    if unicodedata.combining(before) == _VIRAMA:
        return not after.isalpha()
    return not (_is_flag_letter(after) and _flag_letters_before(text, index) % 2)


def words(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the words within text[start:end] as (start, end) in code points of `text`.

    A word is a run without spaces, without the punctuation around it. Symbols and characters of
    scripts that are written without spaces are words of their own.
    """
    found: list[tuple[int, int]] = []
    run: list[tuple[int, int]] = []
    for cluster in _clusters(text, start, end):
        first = text[cluster[0]]
        alone = _stands_alone(first)
        if alone or first.isspace():
            found += _trimmed(text, run)
            found += [cluster] if alone else []
            run = []
        else:
            run.append(cluster)
    return found + _trimmed(text, run)


def _clusters(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begun = start
    for index in range(start + 1, end):
        if is_boundary(text, index):
            yield begun, index
            begun = index
    if begun < end:
        yield begun, end


def _trimmed(text: str, run: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the one word in a run of clusters, or none if it is all punctuation."""
    kept = [i for i, (start, _) in enumerate(run) if unicodedata.category(text[start])[0] != "P"]
    return [(run[kept[0]][0], run[kept[-1]][1])] if kept else []


def _extends(character: str) -> bool:
    if unicodedata.category(character)[0] == "M" or character in "\u200c\u200d":
        return True
    return "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f"


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_letters_before(text: str, index: int) -> int:
    first = index
    while first > 0 and _is_flag_letter(text[first - 1]):
        first -= 1
    return index - first


def _stands_alone(character: str) -> bool:
    if unicodedata.category(character) == "So":
        return True
    return "\u3041" <= character <= "\u30ff" or _is_ideograph(character)


def _is_ideograph(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff"
