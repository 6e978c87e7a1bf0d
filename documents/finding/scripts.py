"""Scripts that do not part their words: found by pairs of letters, as no word can be told."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Thai, Lao, Myanmar, Hangul, Khmer, Kana, Bopomofo and the ideographs. Hangul is parted, but its
# words carry endings that no configuration of PostgreSQL knows. Python's and PostgreSQL's regular
# expressions read this alike.
DENSE = (
    "[\\u0e01-\\u0e7f\\u0e81-\\u0eff\\u1000-\\u109f\\u1100-\\u11ff\\u1780-\\u17ff\\u3005-\\u3007"
    "\\u3041-\\u318f\\u31a0-\\u31bf\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\ua960-\\ua97f"
    "\\uac00-\\ud7ff\\uf900-\\ufaff\\uff66-\\uffdc\\U00020000-\\U0003ffff]+"
)
_RUNS = re.compile(DENSE)


def runs(text: str) -> list[str]:
    """Return the stretches of a text that are in such a script."""
    return _RUNS.findall(text)


def blanked(text: str) -> str:
    """Return the text with blanks in place of them: of the same length."""
    return text if text.isascii() else _RUNS.sub(lambda run: " " * len(run[0]), text)


def pairs(run: str) -> Iterator[str]:
    """Yield what a stretch is found by: each letter with the one after it."""
    return (run[at : at + 2] for at in range(len(run) - 1))
