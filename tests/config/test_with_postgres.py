import sys

from config.launcher.with_postgres import run

PROGRAM = """
import os, sys, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as database:
    sys.exit(database.execute("SELECT 40 + 2").fetchone()[0])
"""


def test_a_command_has_an_empty_database_and_its_status_is_passed_on() -> None:
    assert run([sys.executable, "-c", PROGRAM]) == 42


def test_it_is_a_command_itself() -> None:
    module = [sys.executable, "-m", "config.launcher.with_postgres"]
    assert run([*module, sys.executable, "-c", PROGRAM]) == 42
