"""A real server of the S3 protocol, as a process, for tests of what is kept in buckets."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.config.away import closed_port
from tests.running_site import wait_for

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "no secret"}


@contextmanager
def running_s3() -> Iterator[str]:
    """Run moto's server; yield its endpoint."""
    port = closed_port()
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = subprocess.Popen(
        command, env=plain, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    endpoint = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert process.poll() is None, "moto's server has ended"
        try:
            return httpx.get(f"{endpoint}/moto-api/").is_success
        except httpx.TransportError:
            return False

    try:
        wait_for(answers, seconds=60)
        yield endpoint
    finally:
        process.terminate()
        process.wait(30)
