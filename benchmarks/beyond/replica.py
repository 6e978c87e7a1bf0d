"""Reads at a streaming replica, beside the same reads without one.

Both servers are started here, from the wheel of the tests. How many of the reads went to the
replica is asked of the two servers, each of which counts its transactions.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.beyond.ground import keep, site, story
from tests.standby import primary_and_replica

COMMITS = "SELECT pg_stat_clear_snapshot()::text, sum(xact_commit) FROM pg_stat_database"


def main() -> None:
    """Tell the story without and with a replica, and keep both."""
    facts: dict[str, Any] = {}
    for name in ("primary alone", "with a replica"):
        with tempfile.TemporaryDirectory(prefix="postil-replica-") as folder:
            Path(folder).chmod(0o755)
            with primary_and_replica(Path(folder)) as pair:
                told = {"DATABASE_REPLICA_URL": pair.replica} if "with" in name else {}
                with site(pair.primary, told, webs=2) as running:
                    facts[name] = story(running)
                facts[name]["transactions at the primary"] = commits(pair.primary)
                facts[name]["transactions at the replica"] = commits(pair.replica)
    keep("replica", facts)


def commits(url: str) -> int:
    """Return how many transactions a server has ended."""
    with psycopg.connect(url) as connection:
        row = connection.execute(COMMITS).fetchone()
    assert row
    return int(row[1])


if __name__ == "__main__":
    main()
