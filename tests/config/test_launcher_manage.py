"""Django's commands run in the environment of the site that `make up` started."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config.embedded import postgres
from config.launcher import manage


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the list of what processes would have become."""
    seen: list[Any] = []
    monkeypatch.setattr("config.launcher.manage.os.execve", lambda *told: seen.append(told))
    return seen


def test_a_command_runs_on_the_database_of_the_running_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, became: list[Any]
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with postgres(tmp_path / "postgres", durable=False):
        manage.run(["import_documents", "letters"])
        [(program, command, environment)] = became
        assert program == sys.executable
        assert command == [sys.executable, "manage.py", "import_documents", "letters"]
        with psycopg.connect(environment["DATABASE_URL"]) as database:
            assert database.execute("SELECT 40 + 2").fetchone() == (42,)


def test_a_database_and_a_secret_that_are_given_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, became: list[Any]
) -> None:
    given = {"VAR_DIR": str(tmp_path), "DATABASE_URL": "postgres://there/it", "SECRET_KEY": "s"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    manage.run(["check"])
    [(_, _, environment)] = became
    assert {name: environment[name] for name in given} == given


def test_that_nothing_runs_is_told(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    ran = subprocess.run(
        [sys.executable, "-m", "config.launcher.manage", "check"],
        env=kept | {"VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 1
    assert ran.stderr == "Postil: not running here: `make up` starts it.\n"
