import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.launcher.child import Child, StartError, is_locked, stop_requested, wait_until

SLEEP = [sys.executable, "-c", "import signal; print('here', flush=True); signal.pause()"]
DEAF = [
    *(sys.executable, "-c"),
    "import signal as s; s.signal(s.SIGTERM, s.SIG_IGN); print('here', flush=True); s.pause()",
]
PARENT = [
    *(sys.executable, "-c"),
    "import os, signal; os.fork() and os._exit(0); print('here', flush=True); signal.pause()",
]


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    child = Child("sleeper", tmp_path / "log", ((signal.SIGTERM, 2.0),))
    yield child
    child.stop()


def wait_for_words(child: Child) -> None:
    assert wait_until(lambda: child.log.read_text() == "here\n", 10)


def test_what_a_child_prints_is_in_its_log(child: Child) -> None:
    child.start(SLEEP)
    wait_for_words(child)
    assert not child.ended


def test_a_child_is_in_a_group_of_its_own(child: Child, tmp_path: Path) -> None:
    child.start(SLEEP)
    pid = int((tmp_path / "log" / "sleeper.pid").read_text())
    assert os.getpgid(pid) == pid != os.getpgid(0)


def test_a_stopped_child_is_gone(child: Child, tmp_path: Path) -> None:
    child.start(SLEEP)
    assert is_locked(tmp_path / "log" / "sleeper.pid")
    child.stop()
    assert child.ended
    assert not is_locked(tmp_path / "log" / "sleeper.pid")


def test_a_child_that_was_never_started_has_not_ended_and_may_be_stopped(child: Child) -> None:
    child.stop()
    assert not child.ended


def test_a_child_deaf_to_polite_signals_is_killed(tmp_path: Path) -> None:
    child = Child("deaf", tmp_path, ((signal.SIGTERM, 0.2),))
    child.start(DEAF)
    wait_for_words(child)
    child.stop()
    assert "status -9" in str(child.failure())


def test_a_child_left_behind_is_stopped_before_the_next_starts(
    child: Child, tmp_path: Path
) -> None:
    child.start(SLEEP)
    wait_for_words(child)
    successor = Child("sleeper", tmp_path / "log")
    successor.start(SLEEP)
    assert child.ended
    assert not successor.ended
    successor.stop()


def test_a_grandchild_whose_parent_is_gone_is_stopped_too(tmp_path: Path) -> None:
    child = Child("parent", tmp_path, ((signal.SIGTERM, 0.2),))
    child.start(PARENT)
    wait_for_words(child)
    assert wait_until(lambda: child.ended, 10)
    child.stop()
    assert not is_locked(tmp_path / "parent.pid")


def test_a_command_runs_to_its_end(tmp_path: Path) -> None:
    child = Child("once", tmp_path)
    child.run([sys.executable, "-c", "import os; print(os.environ['WORD'])"], {"WORD": "done"})
    assert child.log.read_text() == "done\n"


def test_a_failed_command_tells_its_status_and_its_last_lines(tmp_path: Path) -> None:
    child = Child("once", tmp_path)
    program = "print('first', *range(20), 'last', sep='\\n', flush=True); raise SystemExit(7)"
    with pytest.raises(StartError) as caught:
        child.run([sys.executable, "-c", program])
    assert str(caught.value).startswith(f"once ended with status 7; the end of {child.log}:\n")
    assert str(caught.value).endswith("\n  18\n  19\n  last")
    assert "first" not in str(caught.value)


def test_a_command_that_takes_too_long_is_stopped_and_has_failed(tmp_path: Path) -> None:
    child = Child("slow", tmp_path)
    with pytest.raises(StartError, match="slow ended with status -15"):
        child.run([sys.executable, "-c", "import signal; signal.pause()"], seconds=0.2)
    assert child.ended


def test_a_silent_child_is_said_to_have_said_nothing(child: Child) -> None:
    child.start([sys.executable, "-c", "import signal; signal.pause()"])
    assert str(child.failure()).startswith("sleeper does not answer; ")
    assert str(child.failure()).endswith(":\n  (nothing)")


def test_a_child_that_fails_on_a_full_disk_is_said_to(
    child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    child.start(SLEEP)
    wait_for_words(child)
    monkeypatch.setattr("config.launcher.child.FULL", 10**18)
    child.stop()
    assert str(child.failure()).startswith("sleeper ended with status -15 on a full disk; ")


def test_a_program_that_is_missing_is_an_error_of_the_system(child: Child) -> None:
    with pytest.raises(FileNotFoundError):
        child.start(["/no-such-program"])


def test_waiting_ends_when_asked_to_stop() -> None:
    stop_requested.set()
    try:
        with pytest.raises(KeyboardInterrupt):
            wait_until(lambda: False, 10)
    finally:
        stop_requested.clear()


def test_waiting_tells_that_the_time_is_over() -> None:
    assert wait_until(lambda: False, 0.0) is False


def test_a_file_that_is_not_there_is_not_locked(tmp_path: Path) -> None:
    assert not is_locked(tmp_path / "nothing")
