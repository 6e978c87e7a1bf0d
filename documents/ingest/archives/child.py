"""What runs inside an archive's cell: give up all rights, then say what is in the archive."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from time import monotonic
from typing import BinaryIO

from documents.ingest.archives.member import Member
from documents.ingest.archives.names import Copies, is_litter
from documents.ingest.archives.opening import members
from documents.ingest.archives.wire import (
    END,
    ArchiveOrder,
    encode_failure,
    encode_head,
    encode_refusal,
)
from documents.ingest.confinement import Clock, Steps, seal
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.media_type import is_archive
from documents.ingest.process import BEAT


def main() -> None:  # pragma: no cover - runs confined, where nothing can be measured
    """Obey the order on the command line: archive on standard input, frames on standard output."""
    order = ArchiveOrder.decode(sys.argv[1])
    Telling(sys.stdin.buffer, sys.stdout.buffer, order, Steps(order.limits)).run(seal)
    os._exit(0)


class Telling:
    """Says what an archive holds, frame by frame."""

    def __init__(self, source: BinaryIO, sink: BinaryIO, order: ArchiveOrder, clock: Clock) -> None:
        self._source = source
        self._sink = sink
        self._order = order
        self._clock = clock
        self._copies = Copies()
        self._size = source.seek(0, os.SEEK_END)
        self._beat = monotonic() + BEAT
        source.seek(0)

    def run(self, seal: Callable[[], None]) -> None:
        """Write all frames, the last one saying how it ended; calls `seal` before reading."""
        seal()
        try:
            self._tell_members()
        except ExtractionError as error:
            self._write(encode_failure(error))
        except MemoryError:
            self._write(encode_failure(ExtractionError(ErrorCode.PARSER_OUT_OF_MEMORY)))
        except Exception as error:  # noqa: BLE001 - hostile files find every way to fail
            detail = f"The reader failed with {type(error).__name__}."
            self._write(encode_failure(ExtractionError(ErrorCode.PARSER_CRASHED, detail)))
        else:
            self._write(END)

    def _tell_members(self) -> None:
        for member in members(self._source, self._order.limits, self._step):
            self._order.limits.require("archive_entries", member.index + 1)
            self._step()
            if not member.is_directory and not is_litter(member.name):
                # Counted also where it is passed over: names do not change with the start.
                copy = self._copies.number(member.name)
                if member.index >= self._order.start:
                    self._tell(member, copy)

    def _tell(self, member: Member, copy: int) -> None:
        try:
            content = member.read()
            if is_archive(content):
                raise ExtractionError(ErrorCode.NESTED_ARCHIVE)  # noqa: TRY301 - an entry's fault
        except ExtractionError as error:
            self._write(encode_refusal(member.index, member.name, error, copy))
        else:
            self._write(encode_head(member.index, member.name, len(content), copy), content)

    def _step(self) -> None:
        self._clock.next()
        if monotonic() >= self._beat:
            self._beat = monotonic() + BEAT
            self._write(b"progress %d %d\n" % (self._source.tell(), self._size))

    def _write(self, *pieces: bytes) -> None:
        # The keeper takes the next frame when it is done with the last one, however long.
        self._clock.pause()
        for piece in pieces:
            self._sink.write(piece)
        self._sink.flush()
        self._clock.next()
