"""How a process gives up its rights before it reads what a stranger sent.

Everything here is best effort beyond the limits themselves: what a system does not offer
(namespaces outside of Linux, some limits on macOS) is left out.
"""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
from contextlib import suppress
from typing import Protocol

from documents.ingest.limits import Limits

NOBODY = 65_534

_FEW_FILES = 32
_ONE_THREAD = {"OMP_THREAD_LIMIT": "1"}
_NEW_USER = 0x10000000
_NEW_NETWORK = 0x40000000


def confine(limits: Limits) -> None:
    """Bound memory and time, before anything else is done; files can still be opened."""
    _bound_memory(limits)
    # The soft limit ends the process with a signal of its own, the hard one a second later.
    _limit("RLIMIT_CPU", limits.cpu_seconds, limits.cpu_seconds + 1)
    # The keeper ends a cell that is late; should the keeper be gone, the cell does it itself.
    signal.alarm(math.ceil(limits.wall_seconds) + 1)


class Clock(Protocol):
    """What bounds the time of each step of something long."""

    def next(self) -> None:
        """Grant the time of a step anew."""

    def pause(self) -> None:
        """Let no time pass until the next step."""


class Steps:
    """Bound memory, and the time of each step of something long."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        _bound_memory(limits)
        self.next()

    def next(self) -> None:
        """Grant the time of a step anew; when it is over the process is, by a signal."""
        signal.setitimer(signal.ITIMER_PROF, self._limits.cpu_seconds)
        signal.alarm(math.ceil(self._limits.wall_seconds) + 1)

    def pause(self) -> None:
        """Let no time pass until the next step: the keeper is waited for."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)


def _bound_memory(limits: Limits) -> None:
    _limit("RLIMIT_CORE", 0)
    _limit("RLIMIT_AS", limits.memory_bytes)


def seal() -> None:
    """Give up the network, files, processes and root, once all code is loaded."""
    # First, for who changes the user with too many processes may start no program either.
    _limit("RLIMIT_NPROC", 0)
    isolated = _unshare(_NEW_NETWORK)
    _drop_root()
    if not isolated:
        _unshare(_NEW_USER | _NEW_NETWORK)
    _limit("RLIMIT_FSIZE", 0)
    _limit("RLIMIT_NOFILE", 0)


def become(program: list[str]) -> None:
    """Run a program without the network, root, and the right to start others or to write.

    Unlike a sealed process it opens files: its own libraries and data.
    """
    if not _unshare(_NEW_NETWORK):
        _unshare(_NEW_USER | _NEW_NETWORK)
    _drop_root()
    # After the user has changed: who changes with too many processes may start no program.
    _limit("RLIMIT_NPROC", 0)
    _limit("RLIMIT_FSIZE", 0)
    _limit("RLIMIT_NOFILE", _FEW_FILES)
    os.execve(program[0], program, _ONE_THREAD)  # noqa: S606 - no shell is what is wanted


def _limit(name: str, soft: int, hard: int | None = None) -> None:
    """Set a limit, or keep the lower one that is already there."""
    kind = getattr(resource, name, None)
    if kind is None:
        return
    with suppress(OSError, ValueError):
        ceiling = resource.getrlimit(kind)[1]
        hard = soft if hard is None else hard
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))


def _unshare(namespaces: int) -> bool:
    try:
        unshare = ctypes.CDLL(None).unshare
    except (AttributeError, OSError):
        return False
    return bool(unshare(namespaces) == 0)


def _drop_root() -> None:
    if os.geteuid() == 0:
        with suppress(OSError):
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
