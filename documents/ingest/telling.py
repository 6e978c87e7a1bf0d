"""What a cell says to its keeper while it works: how far it is, and what it asks for."""

from __future__ import annotations

from time import monotonic
from typing import BinaryIO

from documents.ingest.confinement import Clock
from documents.ingest.context import Context, Picture
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.ocr.wire import encode_head
from documents.ingest.process import BEAT
from documents.ingest.wire import Order


class Teller:
    """Writes to the keeper; with `replies` and a clock it asks for words in pictures too."""

    def __init__(
        self, sink: BinaryIO, replies: BinaryIO | None = None, clock: Clock | None = None
    ) -> None:
        self._sink = sink
        self._replies = replies
        self._clock = clock
        self._beat = monotonic() + BEAT

    def context(self, order: Order) -> Context:
        """Return what a reader is given."""
        recognise = self.recognise if self._replies else None
        return Context(order.boilerplate, self.report, recognise, order.recogniser)

    def report(self, done: int, total: int) -> None:
        """Tell how far it is, unless it was told a moment ago."""
        if monotonic() >= self._beat:
            self._beat = monotonic() + BEAT
            self._sink.write(b"progress %d %d\n" % (done, total))
            self._sink.flush()

    def recognise(self, picture: Picture) -> str:
        """Return tesseract's TSV of a picture; raises ExtractionError where there is none."""
        assert self._replies is not None
        assert self._clock is not None
        self._sink.write(encode_head(picture))
        self._sink.write(picture.pixels)
        self._sink.flush()
        self._clock.pause()
        told, _, detail = self._replies.readline().decode().strip().partition(" ")
        words = self._replies.read(int(detail)) if told == "words" else b""
        self._clock.next()
        if told != "words":
            raise ExtractionError(ErrorCode(detail))
        return words.decode("utf_8", "replace")
