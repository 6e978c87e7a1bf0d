"""The one running Postil of a folder, known by a lock that ends with its process."""

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.launcher.child import StartError, is_locked, wait_until

STOP_SECONDS = 200.0  # what all parts may take, one after the other


@contextmanager
def claim(var: Path, address: str) -> Iterator[None]:
    """Be the one Postil of a folder, which is made; raise StartError while another is."""
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(_file(var), os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(
                "already running here (process {}, {}): `make down` stops it.".format(
                    *file.read().split()
                )
            ) from None
        file.truncate()
        print(os.getpid(), address, file=file, flush=True)
        yield


def stop(var: Path) -> bool:
    """Stop the Postil of a folder and tell whether one ran; raise StartError when it stays."""
    if not is_locked(_file(var)):
        return False
    pid = int(_file(var).read_text().split()[0])
    os.kill(pid, signal.SIGTERM)
    if not wait_until(lambda: not is_locked(_file(var)), STOP_SECONDS):
        raise StartError(f"Process {pid} did not stop within {STOP_SECONDS:.0f} seconds.")
    return True


def _file(var: Path) -> Path:
    return var / "launcher.pid"
