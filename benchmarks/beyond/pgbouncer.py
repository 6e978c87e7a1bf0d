"""The site through PgBouncer in transaction mode, beside the same site without it.

PgBouncer (Debian's package) is started on a free port with settings of its own. It sets the
time-outs that a connection cannot keep there, and far fewer connections than the site opens.
"""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from benchmarks.beyond.ground import database, keep, site, story
from benchmarks.site import HOST, free_port

CONNECTIONS = 6
SETTINGS = """
[databases]
* = host={server.hostname} port={port_of_server} {password}
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_client_conn = 200
default_pool_size = {connections}
# As the settings' own: a session has them for as long as PgBouncer keeps it.
server_reset_query =
"""
ALWAYS = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
}


def main() -> None:
    """Tell the story to a site without PgBouncer and to one behind it, and keep both."""
    facts = {}
    with database() as direct, site(direct, {}, webs=2) as running:
        facts["direct"] = story(running)
    with database() as direct, pgbouncer(direct) as pooled:
        behind = {"DATABASE_URL": pooled, "DATABASE_PGBOUNCER": "true"}
        with site(direct, behind, webs=2) as running:
            facts["behind PgBouncer"] = story(running)
    keep("pgbouncer", {"connections": CONNECTIONS, **facts})


@contextmanager
def pgbouncer(direct: str) -> Iterator[str]:
    """Run PgBouncer in front of a database, whose role gets the time-outs; yield its address."""
    server, port = urlsplit(direct), free_port()
    name = server.path.removeprefix("/")
    with psycopg.connect(direct, autocommit=True) as connection:
        for setting, value in ALWAYS.items():
            connection.execute(f"ALTER DATABASE {name} SET {setting} = '{value}'")
    given = SETTINGS.format(
        server=server,
        port_of_server=server.port or 5432,
        password=f"user={server.username}"
        + (f" password={server.password}" if server.password else ""),
        host=HOST,
        port=port,
        connections=CONNECTIONS,
    )
    with tempfile.TemporaryDirectory(prefix="postil-pgbouncer-") as folder:
        settings = Path(folder) / "pgbouncer.ini"
        settings.write_text(given)
        Path(folder).chmod(0o755)
        command = [shutil.which("pgbouncer") or "/usr/sbin/pgbouncer", str(settings)]
        if os.geteuid() == 0:  # which it refuses to run as
            command += ["--user", "nobody"]
        started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield f"postgresql://{server.username or getpass.getuser()}@{HOST}:{port}/{name}"
        finally:
            started.terminate()
            started.wait(10)


if __name__ == "__main__":
    main()
