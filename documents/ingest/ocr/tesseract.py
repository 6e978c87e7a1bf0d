"""Tesseract, from outside: whether it is there, and what it recognises in a picture."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from time import monotonic
from typing import NamedTuple

from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.limits import Limits
from documents.ingest.ocr.launcher import encode
from documents.ingest.ocr.wire import MOST_WORDS, Head, decode_head, encode_refusal, encode_words
from documents.ingest.process import Cell

MODULE = "documents.ingest.ocr.launcher"
# Asked once, when a worker first needs it; a program that does not answer is not there.
_PATIENCE = 10
_VERSION = re.compile(r"tesseract v?([0-9][0-9.]{0,15})")


class Tesseract(NamedTuple):
    """Where tesseract is, which one, and which languages it is to look for (`eng+deu`)."""

    path: str
    version: str
    languages: str

    @property
    def name(self) -> str:
        """Return which one it is, for people."""
        return f"tesseract {self.version} ({self.languages})"

    def command(self, dots_per_inch: int) -> list[str]:
        """Return how it is started: picture on standard input, TSV on standard output."""
        given = ["stdin", "stdout", "-l", self.languages, "--dpi", str(dots_per_inch)]
        return [self.path, *given, "-c", "tessedit_create_tsv=1"]


def find_tesseract(languages: str) -> Tesseract | None:
    """Return tesseract where it is installed with these languages, else None."""
    path = shutil.which("tesseract")
    version, known = _asked(path) if path else ("", frozenset())
    if path is None or not version or not set(languages.split("+")) <= known:
        return None
    return Tesseract(path, version, languages)


@lru_cache
def _asked(path: str) -> tuple[str, frozenset[str]]:
    """Return the version of a tesseract and the languages that it has."""
    try:
        version, languages = (
            subprocess.run(  # noqa: S603 - the operator's own program
                [path, question],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=True,
                timeout=_PATIENCE,
            ).stdout.decode("utf_8", "replace")
            for question in ("--version", "--list-langs")
        )
    except (OSError, subprocess.SubprocessError):
        return "", frozenset()
    found = _VERSION.match(version)
    return found[1] if found else "", frozenset(languages.split("\n")[1:])


class Recognition:
    """The recognition of the pages of one document, as far as the limits allow.

    Its seconds are counted from the first picture on, with those in which pages are drawn, and so
    that all of a document takes at most `wall_seconds`, `ocr_seconds`, `ocr_page_seconds` and
    `wall_seconds` again for the pages after that.
    """

    def __init__(self, tesseract: Tesseract, limits: Limits) -> None:
        self._tesseract = tesseract
        self._limits = limits
        self._pages = 0
        self._ends = math.inf

    def answer(self, line: bytes, cell: Cell) -> bytes:
        """Return what to tell a cell that has announced a picture by `line`.

        A cell whose picture is looked at has the time of a step anew. Raises ExtractionError
        where the picture is none.
        """
        now = monotonic()
        self._ends = min(self._ends, now + self._limits.ocr_seconds)
        head = decode_head(line)
        with tempfile.TemporaryFile() as picture:
            # Written by us, so that of all formats that are known nothing but dots is read.
            picture.write(b"P5\n%d %d\n255\n" % (head.width, head.height))
            dots = sum(picture.write(piece) for piece in cell.pieces(head.width * head.height))
            if dots < head.width * head.height:
                raise ExtractionError(ErrorCode.PARSER_CRASHED)
            picture.seek(0)
            if self._pages >= self._limits.ocr_pages or now >= self._ends:
                return encode_refusal(ErrorCode.TOO_LARGE)
            return self._recognised(picture, head, cell)  # type: ignore[arg-type]

    def _recognised(
        self, picture: tempfile._TemporaryFileWrapper[bytes], head: Head, cell: Cell
    ) -> bytes:
        order = encode(self._tesseract.command(head.dots_per_inch), self._limits)
        self._pages += 1
        try:
            return encode_words(b"".join(self._words(order, picture, cell)))
        except ExtractionError as error:
            return encode_refusal(error.code)
        finally:
            cell.renew()

    def _words(
        self, order: str, picture: tempfile._TemporaryFileWrapper[bytes], cell: Cell
    ) -> Iterator[bytes]:
        patience = self._limits.ocr_page_seconds
        with Cell(
            (MODULE, order),
            picture,  # type: ignore[arg-type]
            patience=patience,
            on_progress=lambda *_: cell.tell(),
        ) as recognising:
            yield from recognising.pieces(MOST_WORDS)
            recognising.require_success()
