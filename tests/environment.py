"""The environment of the tests, set before Django reads it: a pytest plugin (see pyproject.toml).

Without DATABASE_URL a throw-away PostgreSQL is started once and shared by the xdist workers.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

_stack = ExitStack()
SERVED_DATABASE_URL = os.environ.get("POSTIL_TESTS_SERVED", os.environ.get("DATABASE_URL", ""))
SERVED_REDIS_URL = os.environ.get("POSTIL_TESTS_REDIS", os.environ.get("REDIS_URL", ""))
REDIS_DATABASES = 16
DEFAULTS = {
    "SECRET_KEY": "the secret key of the tests is long enough but not a secret at all",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "HTTPS": "false",
    "SITE_URL": "http://testserver",
    "RATE_LIMIT_DEFAULT": "1000000/m",
}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Set what is unset, in the process that xdist's workers inherit from."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        for name, value in DEFAULTS.items():
            os.environ.setdefault(name, value)
        folder = Path(_stack.enter_context(tempfile.TemporaryDirectory(prefix="postil-tests-")))
        os.environ["VAR_DIR"] = str(folder / "var")
        (folder / "var" / "static").mkdir(parents=True)  # WhiteNoise warns without it
        os.environ["POSTIL_TESTS_SERVED"] = SERVED_DATABASE_URL
        os.environ["POSTIL_TESTS_REDIS"] = SERVED_REDIS_URL
        if not SERVED_DATABASE_URL:
            _start_database(folder / "postgres")
    elif SERVED_REDIS_URL:
        os.environ["REDIS_URL"] = redis_of_this_worker(1)
    try:
        return (yield)
    except BaseException:
        _stack.close()
        raise


def redis_of_this_worker(offset: int) -> str:
    """Return a database for each xdist worker: every test begins by emptying its own."""
    server, _, number = SERVED_REDIS_URL.rpartition("/")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return f"{server}/{(int(number) + offset + int(worker)) % REDIS_DATABASES}"


def _start_database(folder: Path) -> None:
    from config.embedded import postgres

    os.environ["DATABASE_URL"] = _stack.enter_context(postgres(folder, durable=False)).url


def pytest_unconfigure() -> None:
    """Stop the database with the process that started it."""
    _stack.close()
