"""A process of ours: logged to a file, found again after a crash, stopped in bounded time."""

import fcntl
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

stop_requested = threading.Event()
Stops = Sequence[tuple[signal.Signals, float]]  # which signal, and the seconds that it is given
POLITELY: Stops = ((signal.SIGTERM, 10.0),)
INTERVAL = 0.1
LAST_LINES = 12
FULL = 1_000_000  # bytes left


class StartError(Exception):
    """Why something could not run, in one sentence, with the end of its log when there is one."""


def wait_until(
    condition: Callable[[], bool],
    seconds: float,
    pause: Callable[[float], bool | None] = stop_requested.wait,
) -> bool:
    """Tell whether the condition came true in time; raise KeyboardInterrupt when asked to stop."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        if pause(INTERVAL):
            raise KeyboardInterrupt
    return True


def is_locked(path: Path) -> bool:
    """Tell whether a living process holds the lock of a file."""
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


class Child:
    """A process in a group of its own, so that a terminal's Ctrl-C reaches us and not it.

    It and all that it starts hold the lock of `NAME.pid`. The kernel lets go of a lock only when
    its last holder is gone: whoever finds it held has found our process, never a stranger with a
    number used again.
    """

    def __init__(self, name: str, directory: Path, stops: Stops = POLITELY) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self._lock = directory / f"{name}.pid"
        self._stops = stops
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def ended(self) -> bool:
        """Whether the process that was started here is no more."""
        return self._process is not None and self._process.poll() is not None

    def start(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start the command, and first stop the one that a killed launcher left behind."""
        self.stop()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("w") as lock, self.log.open("wb") as log:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[lock.fileno()],
                start_new_session=True,
            )
            lock.write(str(self._process.pid))

    def run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        seconds: float = 600,
    ) -> None:
        """Run the command to its end; raise StartError when it fails or takes too long."""
        self.start(command, environment)
        try:
            wait_until(lambda: self.ended, seconds)
        finally:
            self.stop()
        if self._process is None or self._process.returncode != 0:
            raise self.failure()

    def failure(self) -> StartError:
        """Return the error that says how the process ended and shows the end of its log."""
        status = self._process.poll() if self._process else None
        how = "does not answer" if status is None else f"ended with status {status}"
        if shutil.disk_usage(self.log.parent).free < FULL:
            how += " on a full disk"  # which its log could not tell
        lines = self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        shown = "".join(f"\n  {line}" for line in lines) or "\n  (nothing)"
        return StartError(f"{self.name} {how}; the end of {self.log}:{shown}")

    def stop(self) -> None:
        """Stop the process, politely at first; also one that a killed launcher left behind."""
        for number, seconds in self._stops:
            self._send(os.kill, number, seconds)
        self._send(os.killpg, signal.SIGKILL, 5.0)

    def _send(self, send: Callable[[int, int], None], number: int, seconds: float) -> None:
        if self._is_gone():
            return
        with suppress(ProcessLookupError):
            send(int(self._lock.read_text()), number)
        wait_until(self._is_gone, seconds, pause=time.sleep)

    def _is_gone(self) -> bool:
        if self._process is not None and self._process.poll() is None:
            return False
        return not is_locked(self._lock)
