"""A process with no rights that works on one open file, and the reading of what it says.

It is a fresh interpreter and not a fork, so that it has no memory, descriptor or thread of the
worker that starts it; it sets its own limits as its first act. It answers in lines and bytes on
its standard output. Nothing of the file is looked at here.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import BinaryIO, Self

from documents.ingest.context import OnProgress, nobody
from documents.ingest.errors import ErrorCode, ExtractionError

ROOT = Path(__file__).resolve().parents[2]
START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1));"
    "from importlib import import_module; import_module(sys.argv.pop(1)).main()"
)
CHUNK = 1 << 20
# How often, in seconds, somebody who waits is told that it still works.
BEAT = 1.0
# How a cell ends by the limits on CPU time, by its own alarm, by a library that is refused
# memory, and by a kernel that has none left.
SIGNALS: dict[int, ErrorCode] = {
    signal.SIGXCPU: ErrorCode.PARSER_TIMEOUT,
    signal.SIGPROF: ErrorCode.PARSER_TIMEOUT,
    signal.SIGALRM: ErrorCode.PARSER_TIMEOUT,
    signal.SIGABRT: ErrorCode.PARSER_OUT_OF_MEMORY,
    signal.SIGKILL: ErrorCode.PARSER_OUT_OF_MEMORY,
}

_PROGRESS = re.compile(rb"progress ([0-9]{1,18}) ([0-9]{1,18})\n")


class Cell:
    """A running cell; leaving its context ends it, with all that it may have started.

    `command` is the module that runs in it and what that is told. `patience` is how many seconds
    it may take for a step; `renew` grants them anew, and so does progress where it is `stepwise`.
    While it is waited for, `on_progress` is called about once a second with the last report.
    """

    def __init__(
        self,
        command: tuple[str, str],
        source: BinaryIO,
        *,
        patience: float,
        stepwise: bool = False,
        on_progress: OnProgress = nobody,
        descriptors: Sequence[int] = (),
    ) -> None:
        self._patience = patience
        self._stepwise = stepwise
        self._on_progress = on_progress
        self._reported = (0, 0)
        self._beat = 0.0
        self._buffer = bytearray()
        self.renew()
        self._process = subprocess.Popen(  # noqa: S603 - every word of the command is our own
            [sys.executable, "-I", "-c", START, str(ROOT), *command],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
            pass_fds=descriptors,
        )
        assert self._process.stdout is not None
        self._pipe = self._process.stdout
        self._poller = select.poll()
        self._poller.register(self._pipe, select.POLLIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def renew(self) -> None:
        """Grant the time of a step anew, from now on."""
        self._deadline = monotonic() + self._patience

    def send(self, descriptor: int, answer: bytes) -> None:
        """Write what the cell has asked for; raises `parser_timeout` when it does not listen."""
        poller = select.poll()
        poller.register(descriptor, select.POLLOUT)
        # One that has ended is asked why when its next line is read.
        with suppress(BrokenPipeError):
            while answer:
                if not poller.poll(self._left() * 1000):
                    raise ExtractionError(ErrorCode.PARSER_TIMEOUT)
                answer = answer[os.write(descriptor, answer[: select.PIPE_BUF]) :]

    def line(self, longest: int) -> bytes:
        """Return the next line that is no report of progress, with its end.

        At the end of what the cell says it is what is left, maybe nothing. Of a line that is
        longer than `longest` the beginning is returned. Raises `parser_timeout`.
        """
        while found := self._next_line(longest):
            report = _PROGRESS.fullmatch(found)
            if report is None:
                return found
            done, total = int(report[1]), int(report[2])
            if self._stepwise and done > self._reported[0]:
                self.renew()
            self._reported = done, total
            self.tell()
        return b""

    def pieces(self, size: int) -> Iterator[bytes]:
        """Yield the next `size` bytes, or as many as there are; raises `parser_timeout`."""
        while size > 0 and (self._buffer or self._fill()):
            piece = bytes(self._buffer[:size])
            del self._buffer[:size]
            size -= len(piece)
            yield piece

    def require_success(self) -> None:
        """Wait for the process to end; raises what its end means, unless all is well."""
        try:
            status = self._process.wait(self._left())
        except subprocess.TimeoutExpired as error:
            raise ExtractionError(ErrorCode.PARSER_TIMEOUT) from error
        if status != 0:
            detail = f"The process that read the file ended with status {status}."
            code = SIGNALS.get(-status)
            raise (
                ExtractionError(code) if code else ExtractionError(ErrorCode.PARSER_CRASHED, detail)
            )

    def _next_line(self, longest: int) -> bytes:
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > longest or not self._fill():
                end = searched
                break
        found = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return found

    def _fill(self) -> bool:
        """Wait for more and take it in; False at the end."""
        while not (ready := self._poller.poll(min(self._left(), BEAT) * 1000)) and self._left():
            self.tell()
        # Asked for even where there is more: a cell may talk without end.
        if not ready or not self._left():
            raise ExtractionError(ErrorCode.PARSER_TIMEOUT)
        chunk = os.read(self._pipe.fileno(), CHUNK)
        self._buffer += chunk
        return bool(chunk)

    def _left(self) -> float:
        return max(0.0, self._deadline - monotonic())

    def tell(self) -> None:
        """Pass the last report on, unless one was a moment ago."""
        if monotonic() >= self._beat:
            self._beat = monotonic() + BEAT
            self._on_progress(*self._reported)

    def _end(self) -> None:
        # A keeper that may not kill what became another user waits for the cell's own alarm.
        with suppress(PermissionError):
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._pipe.close()
        self._process.wait()
