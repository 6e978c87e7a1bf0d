"""Names of entries: for people to read, never to write to."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

from documents.ingest.extraction import storable

LONGEST = 1_000
_DIGEST = 16
_LEADING_AWAY = frozenset({"", ".", ".."})
_LITTER = frozenset({".DS_Store", "Thumbs.db"})


def display_name(original: str) -> str:
    """Return a harmless path: no control characters, no `..`, no leading slash."""
    printed = "".join(
        character for character in storable(original)[0] if character.isprintable()
    ).replace("\\", "/")
    parts = [part.strip() for part in printed.split("/")]
    kept = "/".join(part for part in parts if part not in _LEADING_AWAY)
    return _bounded(kept) or "unnamed"


def numbered(name: str, copy: int) -> str:
    """Return the display name of the so manyth of those that share one: `a (2).txt`."""
    path = PurePosixPath(name)
    return _bounded(str(path.with_stem(f"{path.stem} ({copy})"))) if copy > 1 else name


def _bounded(path: str) -> str:
    """Return the end of a long path; the first step of it may be cut to one that leads away."""
    end = path[-LONGEST:]
    first, _, rest = end.partition("/")
    return rest if first in _LEADING_AWAY else end


class Copies:
    """Counts the entries of an archive that share a display name, in flat memory for each."""

    def __init__(self) -> None:
        self._taken: dict[bytes, int] = {}

    def number(self, original: str) -> int:
        """Return which copy the next entry is: 1 unless its name is taken, that of a copy too."""
        name = display_name(original)
        copy = self._taken.get(_digest(name), 0) + 1
        while copy > 1 and _digest(numbered(name, copy)) in self._taken:
            copy += 1
        self._taken[_digest(name)] = copy
        self._taken.setdefault(_digest(numbered(name, copy)), 1)
        return copy


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=_DIGEST).digest()


def is_litter(original: str) -> bool:
    """Tell what systems leave behind in archives."""
    path = PurePosixPath(original)
    return "__MACOSX" in path.parts[:1] or path.name in _LITTER
