"""The outside of a cell: start a process with no rights, wait for its answer, end it.

Nothing of the file is looked at here. The process is a fresh interpreter and not a fork, so
that it has no memory, descriptor or thread of the worker that starts it; it sets its own
limits as its first act.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import IO, BinaryIO

from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import Extraction
from documents.ingest.limits import DEFAULT_LIMITS, Limits
from documents.ingest.media_type import is_markdown_name
from documents.ingest.wire import Order, decode_answer

ROOT = Path(__file__).resolve().parents[2]
START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1));"
    "from documents.ingest.child import main; main()"
)
CHUNK = 1 << 20
# How a cell ends by the limit on CPU time, by its own alarm, by a library that is refused
# memory, and by a kernel that has none left.
SIGNALS: dict[int, ErrorCode] = {
    signal.SIGXCPU: ErrorCode.PARSER_TIMEOUT,
    signal.SIGALRM: ErrorCode.PARSER_TIMEOUT,
    signal.SIGABRT: ErrorCode.PARSER_OUT_OF_MEMORY,
    signal.SIGKILL: ErrorCode.PARSER_OUT_OF_MEMORY,
}


def extract_in_cell(
    source: BinaryIO, *, file_name: str, limits: Limits = DEFAULT_LIMITS
) -> Extraction:
    """Extract an open local file, from where it stands, in a process of its own.

    Raises ExtractionError with any of the codes, and OSError when no process can be started.
    """
    order = Order(limits, is_markdown_name(file_name))
    answer, status = _run(order, source)
    if status == 0:
        return decode_answer(answer, limits)
    if code := SIGNALS.get(-status):
        raise ExtractionError(code)
    detail = f"The process that read the file ended with status {status}."
    raise ExtractionError(ErrorCode.PARSER_CRASHED, detail)


def _run(order: Order, source: BinaryIO) -> tuple[bytes, int]:
    """Return a cell's answer and exit status; raises `parser_timeout` and `too_large`."""
    deadline = monotonic() + order.limits.wall_seconds
    command = [sys.executable, "-I", "-c", START, str(ROOT), order.encode()]
    with subprocess.Popen(  # noqa: S603 - every word of the command is our own
        command,
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            answer = _read(process.stdout, order.limits, deadline)
            status = process.wait(max(0.0, deadline - monotonic()))
        except subprocess.TimeoutExpired as error:
            raise ExtractionError(ErrorCode.PARSER_TIMEOUT) from error
        finally:
            _end(process)
    return answer, status


def _read(pipe: IO[bytes], limits: Limits, deadline: float) -> bytes:
    """Read to the end; raises TimeoutExpired at the deadline and `too_large`."""
    poller = select.poll()
    poller.register(pipe, select.POLLIN)
    answer = bytearray()
    while poller.poll(max(0.0, deadline - monotonic()) * 1000):
        chunk = os.read(pipe.fileno(), CHUNK)
        if not chunk:
            return bytes(answer)
        answer += chunk
        limits.require("output_bytes", len(answer))
    raise subprocess.TimeoutExpired("cell", limits.wall_seconds)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a cell that still runs, with all that it may have started."""
    # A keeper that may not kill what became another user waits for the cell's own alarm.
    with suppress(PermissionError):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
