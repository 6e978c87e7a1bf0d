import subprocess
import sys

PROGRAM = """
import os, sys, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as database:
    sys.exit(database.execute("SELECT 40 + 2").fetchone()[0])
"""


def test_a_command_has_an_empty_database_and_its_status_is_passed_on() -> None:
    module = [sys.executable, "-m", "config.launcher.with_postgres"]
    assert subprocess.run([*module, sys.executable, "-c", PROGRAM], check=False).returncode == 42
