from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from documents.ingest import Limits, confinement
from documents.ingest.process import ROOT

MEGABYTE = 1024 * 1024
# Runs confined and sealed, tries what a parser in a stranger's hands might, and tells.
ATTEMPTS = """
import json, os, socket, sys
sys.path.insert(0, sys.argv[1])
from documents.ingest.confinement import confine, seal
from documents.ingest.limits import Limits

def tried(act):
    try:
        act()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return "allowed"

confine(Limits())
before = tried(lambda: open("/dev/null").close())
seal()
print(json.dumps({
    "before": before,
    "open": tried(lambda: open("/dev/null")),
    "socket": tried(socket.socket),
    "pipe": tried(os.pipe),
    "memory": tried(lambda: bytearray(600 * 2**20)),
    "fork": tried(os.fork),
    "root": os.geteuid() == 0,
}))
"""


class System:
    """Stand in for the calls that would confine the test run itself."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[tuple[Any, ...]] = []
        self.ceiling = resource.RLIM_INFINITY
        self.unshared = 0
        monkeypatch.setattr(resource, "setrlimit", self.record("limit"))
        monkeypatch.setattr(resource, "getrlimit", lambda _: (0, self.ceiling))
        monkeypatch.setattr(signal, "alarm", self.record("alarm"))
        monkeypatch.setattr(signal, "setitimer", self.record("timer"))
        monkeypatch.setattr(os, "execve", self.record("become"))
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        for name in ("setgroups", "setgid", "setuid"):
            monkeypatch.setattr(os, name, self.record(name))
        monkeypatch.setattr(ctypes, "CDLL", lambda _: self)

    def record(self, name: str) -> Callable[..., None]:
        return lambda *arguments: self.done.append((name, *arguments))

    def unshare(self, namespaces: int) -> int:
        self.done.append(("unshare", namespaces))
        return self.unshared

    def limits(self) -> dict[int, tuple[int, int]]:
        return {call[1]: call[2] for call in self.done if call[0] == "limit"}


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    return System(monkeypatch)


def test_memory_and_time_are_bounded(system: System) -> None:
    confinement.confine(Limits(memory_bytes=MEGABYTE, cpu_seconds=2, wall_seconds=3.5))
    assert system.limits() == {
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_AS: (MEGABYTE, MEGABYTE),
        resource.RLIMIT_CPU: (2, 3),
    }
    assert ("alarm", 5) in system.done


def test_each_step_of_something_long_has_its_time(system: System) -> None:
    steps = confinement.Steps(Limits(memory_bytes=MEGABYTE, cpu_seconds=2, wall_seconds=3.5))
    assert system.limits() == {
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_AS: (MEGABYTE, MEGABYTE),
    }
    granted = [("timer", signal.ITIMER_PROF, 2), ("alarm", 5)]
    assert system.done[-2:] == granted
    steps.pause()
    assert system.done[-2:] == [("timer", signal.ITIMER_PROF, 0), ("alarm", 0)]
    steps.next()
    assert system.done[-2:] == granted


@pytest.mark.parametrize("unshared", [0, -1])
def test_a_program_is_started_without_rights(system: System, unshared: int) -> None:
    system.unshared = unshared
    confinement.become(["/bin/program", "-x"])
    tried = [call[1] for call in system.done if call[0] == "unshare"]
    assert tried == [0x40000000, 0x50000000][: 1 - unshared]
    assert system.limits() == {
        resource.RLIMIT_NPROC: (0, 0),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_NOFILE: (32, 32),
    }
    assert system.done[-1] == (
        "become",
        "/bin/program",
        ["/bin/program", "-x"],
        {"OMP_THREAD_LIMIT": "1"},
    )


def test_what_root_starts_is_nobody_s_before_it_may_start_no_more(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    confinement.become(["/bin/program"])
    limit = ("limit", resource.RLIMIT_NPROC, (0, 0))
    assert system.done.index(("setuid", 65_534)) < system.done.index(limit)


def test_a_lower_limit_stays(system: System) -> None:
    system.ceiling = 1
    confinement.confine(Limits())
    assert system.limits()[resource.RLIMIT_CPU] == (1, 1)


def test_a_limit_that_the_system_lacks_or_refuses_is_left_out(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ValueError

    monkeypatch.delattr(resource, "RLIMIT_AS")
    monkeypatch.setattr(resource, "setrlimit", refuse)
    confinement.confine(Limits())
    assert [call[0] for call in system.done] == ["alarm"]


def test_sealing_ends_files_processes_and_network(system: System) -> None:
    confinement.seal()
    assert system.limits() == {
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_NPROC: (0, 0),
        resource.RLIMIT_NOFILE: (0, 0),
    }
    assert [call for call in system.done if call[0] != "limit"] == [("unshare", 0x40000000)]


def test_who_may_not_leave_the_network_tries_as_a_new_user(system: System) -> None:
    system.unshared = -1
    confinement.seal()
    assert [call for call in system.done if call[0] == "unshare"] == [
        ("unshare", 0x40000000),
        ("unshare", 0x50000000),
    ]


def test_root_becomes_nobody(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    confinement.seal()
    assert [call for call in system.done if call[0].startswith("set")] == [
        ("setgroups", []),
        ("setgid", 65_534),
        ("setuid", 65_534),
    ]


def test_a_system_without_namespaces_will_do(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    confinement.seal()
    assert resource.RLIMIT_NOFILE in system.limits()


def test_a_sealed_process_can_do_nothing_new() -> None:
    command = [sys.executable, "-I", "-c", ATTEMPTS, str(ROOT)]
    done = subprocess.run(command, capture_output=True, check=True, env={}, timeout=30)
    told = json.loads(done.stdout)
    assert told.pop("fork") == "BlockingIOError"
    assert told == {
        "before": "allowed",
        "open": "OSError",
        "socket": "OSError",
        "pipe": "OSError",
        "memory": "MemoryError",
        "root": False,
    }
