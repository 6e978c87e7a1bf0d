"""Somebody at a terminal: a bar that moves, words that leave it as it is, and Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self, TextIO

from tqdm import tqdm


class Interruption:
    """Whether somebody pressed Ctrl-C; a second time ends at once."""

    def __init__(self) -> None:
        self.is_asked = False

    def ask(self, *_: Any) -> None:
        """Note it, and leave the next one to Python."""
        self.is_asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """Catch Ctrl-C meanwhile."""
        before = signal.signal(signal.SIGINT, self.ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


class Bar:
    """How far something is, on one line of a terminal; elsewhere nothing is shown."""

    def __init__(self, output: TextIO | None, description: str, unit: str) -> None:
        # Not by way of a command's own stderr, which ends each write with the end of a line.
        self._bar = tqdm(desc=harmless(description), unit=unit, file=output, disable=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, done: int, total: int | None) -> None:
        """Show that so much is done, of so much where that is known."""
        self._bar.total = total
        self._bar.n = done
        self._bar.refresh()


def harmless(text: str) -> str:
    r"""Return a text that may hold anybody's file name as a terminal is to be given it.

    What commands a terminal, turns the direction of writing or cannot be seen is spelled out, as
    `\x1b`, `\n`, `\u202e`, and so is what no encoding has.
    """
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
