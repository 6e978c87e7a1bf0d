"""Obey the control words of an RTF file, as far as they say what its text is."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import REPLACEMENT
from documents.ingest.layout import Line
from documents.ingest.rtf.destinations import (
    APART,
    BULLETS,
    CHARACTERS,
    LEFT_OUT,
    PARAGRAPH_ENDS,
    READ,
    SYMBOLS,
)
from documents.ingest.rtf.flow import Flow, Properties, Style
from documents.ingest.rtf.fonts import CHARSETS, FAMILIES, WESTERN, page_codec
from documents.ingest.rtf.tokens import Token

# Deeper than any program nests its groups.
DEEPEST = 1_000
MOST_SKIPPED = 1_000


class _Goes(Enum):
    """Where the text of a group goes."""

    TEXT = auto()
    NOWHERE = auto()
    FONTS = auto()
    STYLES = auto()
    TITLE = auto()


_TABLES = {
    b"fonttbl": _Goes.FONTS,
    b"info": _Goes.NOWHERE,
    b"stylesheet": _Goes.STYLES,
    b"title": _Goes.TITLE,
}


class _State(NamedTuple):
    goes: _Goes = _Goes.TEXT
    font: int | None = None
    skipped: int = 1
    hidden: bool = False
    deleted: bool = False
    flows: int = 1


class Reader:
    """Collect the lines of a file whose tokens are fed to it."""

    def __init__(self) -> None:
        self.has_hidden_text = False
        self.apart: dict[str, list[Line]] = {"footnote": []}
        self.furniture: list[tuple[str, list[Line]]] = []
        self.title = ""
        self._styles: dict[int, Style] = {}
        self._style = 0
        self._name = ""
        self._fonts: dict[int, str] = {}
        self._defined = 0
        self._default: int | None = None
        self._codec = WESTERN
        self._state = _State()
        self._stack: list[_State] = []
        self._flows = [Flow(self._styles)]
        self._bytes = bytearray()
        self._starred = False
        self._skip = 0
        self._kinds: dict[str, Callable[[Token], None]] = {
            "{": lambda _: self._open(),
            "}": lambda _: self._close(),
            "byte": self._take,
            "symbol": self._symbol,
            "text": self._take,
            "word": self._word,
        }
        self._words: dict[bytes, Callable[[int | None], None]] = {
            b"ansicpg": self._set_page,
            b"cell": lambda _: self._flow.end_cell(),
            b"cpg": self._set_font_page,
            b"deff": self._set_default,
            b"deleted": lambda on: self._set(deleted=on != 0),
            b"f": self._set_font,
            b"fcharset": self._set_charset,
            b"ilvl": self._set_depth,
            b"intbl": self._set_in_table,
            b"ls": self._set_list,
            b"nestcell": lambda _: self._write("\t"),
            b"nestrow": lambda _: self._write("\n"),
            b"outlinelevel": self._set_outline,
            b"pard": lambda _: self._reset(),
            b"plain": lambda _: self._set(font=self._default, hidden=False, deleted=False),
            b"row": lambda _: self._flow.end_row(),
            b"s": self._set_style,
            b"u": self._write_unit,
            b"uc": lambda count: self._set(skipped=min(max(count or 0, 0), MOST_SKIPPED)),
            b"v": lambda on: self._set(hidden=on != 0),
            **dict.fromkeys(PARAGRAPH_ENDS, lambda _: self._flow.end_paragraph()),
        }

    def feed(self, token: Token) -> bool:
        """Take a token; False when it closes the document. Raises `rtf_broken`."""
        if token.kind not in {"byte", "text"}:
            self._flush()
        if self._skip and token.kind not in {"{", "}"}:
            token = self._without_skipped(token)
        self._kinds[token.kind](token)
        return bool(self._stack)

    def finish(self) -> list[Line]:
        """Return the lines of the body."""
        self._flush()
        while len(self._flows) > 1:
            self._end_flow()
        return self._flow.finish()

    @property
    def _flow(self) -> Flow:
        return self._flows[-1]

    def _set(self, **values: object) -> None:
        self._state = self._state._replace(**values)  # type: ignore[arg-type]

    def _open(self) -> None:
        self._skip = 0
        if len(self._stack) == DEEPEST:
            detail = f"Its groups nest deeper than {DEEPEST} levels."
            raise ExtractionError(ErrorCode.RTF_BROKEN, detail)
        self._stack.append(self._state)
        self._starred = False

    def _close(self) -> None:
        self._skip = 0
        self._state = self._stack.pop()
        while len(self._flows) > self._state.flows:
            self._end_flow()

    def _end_flow(self) -> None:
        flow = self._flows.pop()
        lines = flow.finish()
        if flow.kind in self.apart:
            self.apart[flow.kind].extend(lines)
        elif flow.kind:
            self.furniture.append((flow.kind, lines))
        else:
            self._flow.anchor(lines)

    def _without_skipped(self, token: Token) -> Token:
        """Pass over what stands for a character that came before as Unicode."""
        if token.kind == "text":
            count = min(self._skip, len(token.data))
            self._skip -= count
            return Token("text", token.data[count:])
        self._skip -= 1
        return Token("text", b"")

    def _take(self, token: Token) -> None:
        if self._state.goes is not _Goes.NOWHERE:
            self._bytes += token.data

    def _flush(self) -> None:
        if self._bytes:
            codec = self._fonts.get(self._state.font or 0, self._codec)
            text = self._bytes.decode(codec, "replace")
            self._bytes.clear()
            self._write(text)

    def _write(self, text: str) -> None:
        goes = self._state.goes
        if goes is _Goes.TITLE:
            self.title += text
        elif goes is _Goes.STYLES:
            self._name_style(text)
        elif goes is _Goes.TEXT and self._state.hidden:
            self.has_hidden_text = True
        elif goes is _Goes.TEXT and not self._state.deleted:
            self._flow.write(text)

    def _name_style(self, text: str) -> None:
        name, end, _ = (self._name + text).partition(";")
        self._name = "" if end else name
        if end:
            self._styles.setdefault(self._style, Style()).name = name.strip()
            self._style = 0

    def _symbol(self, token: Token) -> None:
        if token.data == b"*":
            self._starred = True
        elif token.data in b"\r\n":
            self._obey(b"par", None)
        elif token.data in SYMBOLS:
            self._write(SYMBOLS[token.data])

    def _word(self, token: Token) -> None:
        starred, self._starred = self._starred, False
        word = token.data
        if self._state.goes is _Goes.NOWHERE and word != b"title":
            return
        if word in LEFT_OUT or (starred and word not in READ and word not in BULLETS):
            self._set(goes=_Goes.NOWHERE)
        elif word in _TABLES:
            self._set(goes=_TABLES[word])
        elif word in BULLETS:
            self._flow.properties.listed = True
            self._set(goes=_Goes.NOWHERE)
        elif word in APART or word == b"shptxt":
            self._begin_flow(APART.get(word, ""))
        else:
            self._obey(word, token.number)

    def _begin_flow(self, kind: str) -> None:
        self._flows.append(Flow(self._styles, kind))
        self._set(flows=len(self._flows))

    def _obey(self, word: bytes, number: int | None) -> None:
        if word in CHARACTERS:
            self._write(CHARACTERS[word])
        elif word in FAMILIES:
            self._codec = FAMILIES[word]
        elif word in self._words and self._is_heeded(word):
            self._words[word](number)

    def _is_heeded(self, word: bytes) -> bool:
        """Tell whether a word counts here: tables define, they do not lay out."""
        in_text = self._state.goes is _Goes.TEXT
        return in_text or word in {b"f", b"fcharset", b"cpg", b"s", b"outlinelevel", b"u", b"uc"}

    def _write_unit(self, number: int | None) -> None:
        """Write a UTF-16 unit, which negative numbers are too."""
        unit = (number or 0) + (0x10000 if (number or 0) < 0 else 0)
        self._write(chr(unit) if 0 <= unit <= 0x10FFFF else REPLACEMENT)  # noqa: PLR2004
        self._skip = self._state.skipped

    def _set_page(self, number: int | None) -> None:
        self._codec = page_codec(number or 0) or self._codec

    def _set_default(self, number: int | None) -> None:
        self._default = number
        self._set(font=number)

    def _set_font(self, number: int | None) -> None:
        self._defined = number or 0
        self._set(font=number)

    def _set_charset(self, number: int | None) -> None:
        if self._state.goes is _Goes.FONTS and (number or 0) in CHARSETS and number:
            self._fonts[self._defined] = CHARSETS[number]

    def _set_font_page(self, number: int | None) -> None:
        codec = page_codec(number or 0)
        if self._state.goes is _Goes.FONTS and codec:
            self._fonts[self._defined] = codec

    def _reset(self) -> None:
        self._flow.properties = Properties()

    def _set_style(self, number: int | None) -> None:
        if self._state.goes is _Goes.STYLES:
            self._style = number or 0
        else:
            self._flow.properties.style = number or 0

    def _set_outline(self, number: int | None) -> None:
        if self._state.goes is _Goes.STYLES:
            self._styles.setdefault(self._style, Style()).outline = number
        else:
            self._flow.properties.outline = number

    def _set_list(self, number: int | None) -> None:
        self._flow.properties.listed = bool(number)

    def _set_depth(self, number: int | None) -> None:
        self._flow.properties.depth = number or 0

    def _set_in_table(self, number: int | None) -> None:
        self._flow.properties.in_table = number != 0
