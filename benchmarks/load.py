"""Drives a site with wrk, a compiled load tool (Debian's package `wrk`), over kept connections."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

CLIENTS = 8
THREADS = 2
SECONDS = 8
WARM_UP = 2
SCRIPT = Path(__file__).parent / "load.lua"


class Request(NamedTuple):
    """A method, a path with its query, and maybe a JSON body."""

    method: str
    path: str
    body: str = ""


class Rate(NamedTuple):
    """What a load came to: requests a second, and the latency that half and 99 % keep to."""

    per_second: float
    median_ms: float
    p99_ms: float


def drive(
    address: str,
    requests: Sequence[Request],
    token: str = "",
    seconds: int = SECONDS,
    clients: int = CLIENTS,
) -> Rate:
    """Send the requests in turn by so many connections, after a warm-up; exits when one fails."""
    if not shutil.which("wrk"):
        raise SystemExit("The load tool wrk is missing: apt-get install wrk.")
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.writelines("\t".join(request) + "\n" for request in requests)
        file.flush()
        _wrk(address, file.name, token, WARM_UP, clients)
        told = _wrk(address, file.name, token, seconds, clients)
    return Rate(float(_number(r"Requests/sec:\s+(\S+)", told)), _ms("50%", told), _ms("99%", told))


def _wrk(address: str, file: str, token: str, seconds: int, clients: int) -> str:
    """Return what wrk tells."""
    command = [
        *("wrk", "--threads", str(min(THREADS, clients)), "--connections", str(clients)),
        *("--duration", f"{seconds}s", "--timeout", "30s", "--latency"),
        *("--script", str(SCRIPT), address, "--", file, token),
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(f"Not every request was answered with success:\n{told}")
    return told


def _number(pattern: str, told: str) -> str:
    found = re.search(pattern, told)
    if not found:
        raise SystemExit(f"wrk told something else:\n{told}")
    return found[1]


def _ms(percentile: str, told: str) -> float:
    value, unit = re.findall(rf"(?m)^ +{percentile} +([\d.]+)(\w+) *$", told)[0]
    return float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}[unit]
