"""What processes take of the memory, as Linux tells it."""

from __future__ import annotations

from pathlib import Path


def pss_mb(pid: int) -> float:
    """Return the proportional set size of a process and its children, in MB of 10^6 bytes."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    own = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return own * 1024 / 1e6 + sum(pss_mb(int(child)) for child in children)


def peak_mb(pid: int) -> float:
    """Return the most that a process or one of its children has had so far, in MB of 10^6 bytes."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return max([peak_rss(pid) / 1e6, *(peak_mb(int(child)) for child in children)])


def peak_rss(pid: int) -> int:
    """Return the most memory that a process has had so far, in bytes; 0 once it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    peak = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(peak.split()[1]) * 1024
