# ruff: noqa: RUF001 - letters of other scripts are what this file is about
"""How plausible it is that somebody wrote a text, in bits: the fewer, the likelier.

A decoding is judged as one judges a reading of bad handwriting. Each language makes some
letters frequent, others rare and most impossible, and says which follow each other within a
word. The bits are those of a code that is short for what is frequent (minus the logarithm of
a probability), so readings of the same bytes can be compared whatever their length in letters.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from documents.ingest.languages import EAST_ASIAN, LATIN, OTHER_ALPHABET, Language, Letters

# What characters take that are not among the letters of a language.
_COMMON, _UNCOMMON, _FOREIGN, _SIGN, _NONE = 15.0, 20.0, 22.0, 13.0, 26.0
_UNASSIGNED = frozenset({"Cc", "Cn", "Co", "Cs"})
_ASCII = (
    ("etaoinsrhldcumfpgwybvkxjqz", 4.5, "a"),
    ("ETAOINSRHLDCUMFPGWYBVKXJQZ", 6.5, "A"),
    (" ", 3.0, " "),
    ("0123456789\n\r\t", 5.0, " "),
    (".,:;-/()\"'=_", 6.5, " "),
    ("!?%&+*#<>@[]{}|\\^~`$", 9.0, " "),
)
_CAPITALS = {"İ": "ı"}
_CONTROL = (14.0, " ")
_OF_ASCII = {letter: (bits, kind) for letters, bits, kind in _ASCII for letter in letters}
_PUNCTUATION = {
    LATIN: "’“”„‘–—…«»\xa0",
    OTHER_ALPHABET: "’“”„‘–—…«»\xa0",
    EAST_ASIAN: "。、，「」・：（）！？々；　『』“”《》【】〜～…—％￥〒○●→※〇０１２３４５６７８９",
}
_FREQUENT_SIGNS = "€£°§•©®\xad·‹›‚™№¡¿ªº²³½×±µ¼¾´"
# Pairs of kinds of characters that hardly follow each other, and what that takes in bits.
# a, A: ASCII letters; n, N: letters of the language; o: other letters; s: signs.
_SEQUENCES: dict[str, dict[str, float]] = {
    LATIN: {"aA": 5, "nA": 5, "aN": 7, "nN": 7, "nn": 4, "NN": 2, " N": 1, "AN": 1, "An": 1},
    OTHER_ALPHABET: {
        **dict.fromkeys(("an", "aN", "An", "AN", "na", "nA", "Na", "NA"), 6),
        "nN": 8,
        "NN": 1,
        " N": 3.5,
        "aA": 5,
    },
    EAST_ASIAN: {**dict.fromkeys(("an", "An", "na", "nA"), 2), "aA": 5},
}
_SIGN_IN_WORD = {"as": 2.0, "ns": 2.0, "Ns": 2.0, "sa": 4.0, "sn": 4.0, "sN": 4.0}
_STRANGE = 4.0
_NEVER = 6.0
# Words of a Latin language that are not English: a letter in them is not of ASCII.
_WORD = re.compile(r"[^\W\d_]+")
_EVERY_LETTER = "abcdefghijklmnopqrstuvwxyz"
_RANK, _USUAL_RANK = 0.18, 7
_ZERO, _END_OF_ASCII = 10.0, 0x80
_TWO_BYTES, _FIRST_LETTERS, _FIRST_TRAIL, _MANY = 2, 0xA4, 0x40, 100


def bits(text: str, language: Language) -> float:
    """Return how many bits a text takes if it is written in a language."""
    counts = Counter(text)
    judged = {character: _judged(character, language) for character in counts}
    letters = sum(count * judged[character][0] for character, count in counts.items())
    kinds = " " + "".join([judged[character][1] for character in text])
    sequences = Counter(map("".join, pairwise(kinds)))
    in_sequence = sum(count * _sequence(pair, language.kind) for pair, count in sequences.items())
    return letters + in_sequence + _bits_of_words(text, language)


def _bits_of_words(text: str, language: Language) -> float:
    """Return what is unusual in the words of the language itself, beside its own letters."""
    small = text.lower()
    never = len(re.findall(language.never, small)) * _NEVER
    if not language.ascii:
        return never
    words = Counter("".join(word for word in _WORD.findall(small) if not word.isascii()))
    return never + sum(
        count * _RANK * (language.ascii.find(letter) % len(_EVERY_LETTER) - _USUAL_RANK)
        for letter, count in words.items()
        if letter in _EVERY_LETTER
    )


def bits_of_bytes(content: bytes, of_high_byte: float = 7) -> float:
    """Return how many bits bytes take that are ASCII and something else, whatever it is."""
    counts = Counter(content)
    return sum(
        count * (_byte(byte) if byte < _END_OF_ASCII else of_high_byte)
        for byte, count in counts.items()
    )


def _byte(byte: int) -> float:
    return _OF_ASCII.get(chr(byte), _CONTROL)[0] if byte else _ZERO


@lru_cache(maxsize=50_000)
def _judged(character: str, language: Language) -> tuple[float, str]:
    """Return what a character takes in bits, and of which kind it is."""
    if character.isascii():
        return _OF_ASCII.get(character, _CONTROL)
    known = _alphabet(language).get(_CAPITALS.get(character, character.lower()))
    if known is not None:
        return known, "N" if character.isupper() else "n"
    if character in _PUNCTUATION[language.kind]:
        return 6 + _PUNCTUATION[language.kind].index(character) / 10, " "
    return _unexpected(character, language)


def _unexpected(character: str, language: Language) -> tuple[float, str]:
    category = unicodedata.category(character)
    if category in _UNASSIGNED or character > "\uffff":
        return _NONE, "o"
    if category[0] not in "LM" or character in _FREQUENT_SIGNS:
        return _sign(character, language), "s"
    if language.standard and unicodedata.category(character) == "Lo":
        return _by_standard(character, language), "n"
    return _FOREIGN, "o"


def _sign(character: str, language: Language) -> float:
    if character not in _FREQUENT_SIGNS:
        return _SIGN
    return 5.5 if language.kind == LATIN else 7.0


def _by_standard(character: str, language: Language) -> float:
    """Tell common from uncommon ideographs as the national standard does: by their place."""
    code = character.encode(language.standard, "ignore")
    if len(code) != _TWO_BYTES or code[0] < _FIRST_LETTERS or code[1] < _FIRST_TRAIL:
        return _FOREIGN
    return _COMMON if code[0] < language.common_below else _UNCOMMON


@lru_cache
def _alphabet(language: Language) -> dict[str, float]:
    return dict(_bits_of_letters(language.letters))


def _bits_of_letters(groups: tuple[Letters, ...]) -> Iterator[tuple[str, float]]:
    """Yield what each letter takes: by its rank, as the frequencies of letters fall off."""
    for letters, first, last in groups:
        fall = (last - first) / math.log2(len(letters) + 1) if len(letters) > _MANY else 0
        for rank, letter in enumerate(letters):
            even = first + (last - first) * rank / len(letters)
            yield letter, first + fall * math.log2(rank + 1) if fall else even


def _sequence(pair: str, kind: str) -> float:
    if "o" in pair:
        return _STRANGE
    return _SIGN_IN_WORD.get(pair, 0.0) + _SEQUENCES[kind].get(pair, 0.0)
