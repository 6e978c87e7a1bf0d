"""Runs a command with a throw-away PostgreSQL: `python -m config.launcher.with_postgres …`."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from config.embedded import postgres


def run(command: Sequence[str]) -> int:
    """Run a command whose DATABASE_URL is an empty server's and return its exit status."""
    with (
        tempfile.TemporaryDirectory(prefix="postil-") as folder,
        postgres(Path(folder), durable=False) as server,
    ):
        environment = {**os.environ, "DATABASE_URL": server.url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # by way of the ends of all blocks
    sys.exit(run(sys.argv[1:]))
