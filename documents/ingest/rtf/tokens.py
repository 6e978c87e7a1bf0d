"""RTF as tokens: groups, control words, bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# In order: brace, control word with its number, byte in hexadecimal, control symbol, text.
_TOKEN = re.compile(
    rb"([{}])|\\([a-zA-Z]{1,32})(-?[0-9]{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])"
    rb"|([^\\{}\r\n\0]+)|[\r\n\0\\]+?",
)


class Token(NamedTuple):
    """One token: what it is (`{`, `}`, `word`, `symbol`, `byte`, `text`) and what it says."""

    kind: str
    data: bytes
    number: int | None = None


def tokens(content: bytes) -> Iterator[Token]:
    """Yield the tokens of a file; the raw bytes of `bin` are passed over."""
    at = 0
    while found := _TOKEN.match(content, at):
        at = found.end()
        brace, word, number, byte, symbol, text = found.groups()
        if brace:
            yield Token(brace.decode(), b"")
        elif word:
            value = int(number) if number else None
            if word == b"bin":
                at += max(value or 0, 0)
            yield Token("word", word, value)
        elif byte:
            yield Token("byte", bytes.fromhex(byte.decode()))
        elif symbol:
            yield Token("symbol", symbol)
        elif text:
            yield Token("text", text)
