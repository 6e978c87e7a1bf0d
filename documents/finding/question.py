"""What a search asks for: words and phrases that are wanted or not, in groups joined by `or`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from documents.finding.scripts import blanked, runs

MAX_CHARACTERS = 500
# PostgreSQL's parser takes time by the square of their number where these part words: it tries
# for an address, a path or a tag from each one on. They are blanks to us, in texts and searches.
PARTING = "_<@/~"
_TERM = re.compile(r'(?P<minus>-*)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_AS_BLANKS = str.maketrans(dict.fromkeys(PARTING + "\0", " "))


@dataclass(frozen=True)
class Term:
    """A word or phrase: `words` that are read by a language's rules, `runs` that none reads.

    Where it has a run, `literal` is the whole of it, to be found as it is.
    """

    words: str
    runs: tuple[str, ...] = ()
    literal: str = ""


@dataclass
class Group:
    """What a document has, all of it, and what it has not, any of it."""

    wanted: list[Term] = field(default_factory=list)
    unwanted: list[Term] = field(default_factory=list)


def parse(text: str) -> list[Group]:
    """Return what is asked for, of which one group is enough; empty where no word is."""
    groups = [Group()]
    for found in _TERM.finditer(text):
        if (found["word"] or "").lower() == "or" and not found["minus"]:
            groups.append(Group())
            continue
        term = _term(found["word"] or found["phrase"] or "")
        if term:
            group = groups[-1]
            (group.unwanted if found["minus"] else group.wanted).append(term)
    return [group for group in groups if group.wanted or group.unwanted]


def phrases(terms: Iterable[Term]) -> str:
    """Return the words as `websearch_to_tsquery` reads them: phrases, so that it joins them all."""
    return " ".join(f'"{term.words}"' for term in terms if term.words)


def _term(text: str) -> Term | None:
    found = tuple(runs(text))
    words = " ".join(blanked(text).translate(_AS_BLANKS).split())
    if not found and not any(letter.isalnum() for letter in words):
        return None
    return Term(words, found, text.strip() if found else "")
