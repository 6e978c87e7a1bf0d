"""A file's characters from an offset on, and where in them a JSON value ends.

The end is told by brackets and strings alone, be it JSON or not.
"""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from annotations.formats.rows.row import FormatError

CHUNK = 1 << 16
# Bytes that are no characters come as halves of surrogate pairs, and go back to what they were.
_KEEPING = "surrogateescape"
_BLANK = re.compile(r"[ \t\r\n]*+")
_INDENT = 100
_MARK = re.compile(r'["\[\]{}]')
# The characters of a string, to which the end of a line does not belong.
_STRING = re.compile(r'[^"\\\n]*+(?:\\.[^"\\\n]*+)*+', re.DOTALL)
_WORD = re.compile(r"[^\s,\[\]{}\"]*+")


class JsonText:
    """The characters at hand, `held[at:]`, read a part at a time; where they stand in the file.

    `offset` is in bytes and `line` counts from 1, both of the character `at`.
    """

    def __init__(self, file: BinaryIO, offset: int, line: int, encoding: str) -> None:
        file.seek(offset)
        self.offset, self.line = offset, line
        self.held, self.at = "", 0
        self._file, self._encoding, self._ended = file, encoding, False
        self._decoder = codecs.getincrementaldecoder(encoding)(_KEEPING)

    def fill(self) -> bool:
        """Read on, as much again as is held; return whether there was more. Moves `at` to 0."""
        self.held, self.at = self.held[self.at :], 0
        if self._ended:
            return False
        chunk = self._file.read(max(CHUNK, len(self.held)))
        self._ended = not chunk
        try:
            self.held += self._decoder.decode(chunk, final=self._ended)
        except UnicodeDecodeError as error:
            detail = f"The bytes after {self.offset} are not in the encoding of the file."
            raise FormatError("undecodable_text", detail) from error
        return not self._ended

    def take(self, length: int) -> str:
        """Move on by so many characters, and return them."""
        taken = self.held[self.at : self.at + length]
        self.at += length
        self.offset += len(taken.encode(self._encoding, _KEEPING))
        self.line += taken.count("\n")
        return taken

    def peek(self) -> str:
        """Return the next character, empty at the end of the file."""
        while self.at == len(self.held):
            if not self.fill():
                return ""
        return self.held[self.at]

    def skip_blanks(self) -> str | None:
        """Move to the next sign; return the blanks before it in its line, None within a line."""
        indent: str | None = None
        while self.peek():
            found = _BLANK.match(self.held, self.at)
            assert found is not None
            if not (taken := self.take(len(found[0]))):
                break
            _, newline, after = taken.rpartition("\n")
            if newline:
                indent = after
            elif indent is not None:
                indent = (indent + taken)[:_INDENT]
        return indent


class Bounds:
    """Follows the value at hand, of which `length` characters have been looked at.

    A bracket that closes need not be of the kind that was opened: the parser is to judge.
    """

    def __init__(self, text: JsonText) -> None:
        self._text = text
        self._is_word = text.peek() not in '{["'
        self.length = 1 if self._is_word else 0
        self._depth, self._in_string, self._ended = 0, False, False

    def end_within(self, limit: int) -> bool:
        """Go on to the value's end; return False where it has more than `limit` characters.

        The same goes for a value that the end of the file cuts off.
        """
        while not self._ended and self.length < limit:
            if not self._has_more():
                self._ended = self._is_word
                break
            step = self._in_word if self._is_word else self._among_marks
            # One more than the limit, for the second half of an escape.
            self._ended = step(min(len(self._text.held), self._text.at + limit + 1))
        return self._ended and self.length <= limit

    def skip(self) -> bool:
        """Move the text to the value's end, however far; return False at the end of the file."""
        while not self._ended:
            self._text.take(self.length)
            self.length = 0
            self.end_within(CHUNK)
            if not self.length and not self._ended:
                return False
        self._text.take(self.length)
        return True

    def _has_more(self) -> bool:
        """Hold two characters ahead, to see escapes whole; return whether any is left."""
        while (ahead := len(self._text.held) - self._text.at - self.length) < 2:  # noqa: PLR2004
            if not self._text.fill():
                return ahead > 0
        return True

    def _in_word(self, end: int) -> bool:
        found = _WORD.match(self._text.held, self._text.at + self.length, end)
        assert found is not None
        self.length = found.end() - self._text.at
        return found.end() < end

    def _among_marks(self, end: int) -> bool:
        text, begin = self._text, self._text.at + self.length
        if self._in_string:
            return self._to_end_of_string(begin, end)
        mark = _MARK.search(text.held, begin, end)
        if mark is None:
            self.length = end - text.at
            return False
        self.length = mark.end() - text.at
        self._in_string = mark[0] == '"'
        if self._in_string:
            return False
        self._depth += 1 if mark[0] in "[{" else -1
        return self._depth == 0

    def _to_end_of_string(self, begin: int, end: int) -> bool:
        found = _STRING.match(self._text.held, begin, end)
        assert found is not None
        stop = found.end()
        if stop < end and self._text.held[stop] in '"\n':
            self._in_string = False
            stop += 1
        # At least one: at the end of the file a backslash may stand alone.
        self.length = max(stop - self._text.at, self.length + 1)
        return self._depth == 0 and not self._in_string
