"""A PostgreSQL of its own with a streaming replica of it, whose replay a test can hold."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg

from config import embedded

# Only who starts the servers reaches their sockets, so nobody else is let in by this.
TRUSTED = "local all all trust\nlocal replication all trust\n"


class Pair(NamedTuple):
    """The addresses of a primary and of its replica."""

    primary: str
    replica: str

    def hold(self) -> None:
        """Let the replica replay nothing more."""
        self._ask(self.replica, "SELECT pg_wal_replay_pause()")
        while self._ask(self.replica, "SELECT pg_get_wal_replay_pause_state()") != "paused":
            pass

    def let_go(self) -> None:
        """Let the replica replay on, and return when it has all that the primary has now."""
        place = self._ask(self.primary, "SELECT pg_logical_emit_message(true, 'now', '')::text")
        self._ask(self.replica, "SELECT pg_wal_replay_resume()")
        reached = f"SELECT pg_last_wal_replay_lsn() >= '{place}'::pg_lsn"
        while not self._ask(self.replica, reached):
            pass

    def was_asked(self) -> bool:
        """Tell whether the replica's last statement was more than how far it is."""
        last = "SELECT query FROM pg_stat_activity WHERE backend_type = 'client backend'"
        last += " AND pid <> pg_backend_pid() ORDER BY query_start DESC LIMIT 1"
        return "pg_last_wal_replay_lsn" not in str(self._ask(self.replica, last))

    def _ask(self, url: str, statement: str) -> object:
        with psycopg.connect(url, autocommit=True) as connection:
            answer = connection.execute(statement).fetchone()
        assert answer
        return answer[0]


@contextmanager
def primary_and_replica(folder: Path) -> Iterator[Pair]:
    """Run both; what they keep lies in a folder and is forgotten."""
    first, second = folder / "primary", folder / "replica"
    with embedded.postgres(first, durable=False):
        (first / "data" / "pg_hba.conf").write_text(TRUSTED)
    with embedded.postgres(first, durable=False) as primary:
        second.mkdir()
        data = second / "data"
        copy = [embedded._binary("pg_basebackup"), "--pgdata", str(data), "--dbname", primary.url]
        subprocess.run([*copy, "--write-recovery-conf", "--checkpoint=fast"], check=True)
        for path in (data, *data.rglob("*")):
            embedded._give_to_server(path)
        with embedded.postgres(second, durable=False) as replica:
            yield Pair(primary.url, replica.url)
