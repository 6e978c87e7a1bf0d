import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from config.embedded import SERVER_UID, as_user, postgres, user_name
from config.launcher.child import StartError, is_locked, wait_until

HOLD = """
import signal, sys
from pathlib import Path
from config.embedded import postgres
with postgres(Path(sys.argv[1]), durable=True) as server:
    print(server.url, flush=True)
    signal.pause()
"""


def test_a_server_answers_while_the_block_runs_and_not_after(tmp_path: Path) -> None:
    with postgres(tmp_path, durable=False) as server, psycopg.connect(server.url) as database:
        row = database.execute("SELECT current_setting('fsync'), current_user").fetchone()
        assert row == ("off", user_name(os.geteuid()))
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.url)
    assert server.process.ended


def test_a_durable_server_keeps_its_data_and_syncs_them(tmp_path: Path) -> None:
    with postgres(tmp_path, durable=True) as server, psycopg.connect(server.url) as database:
        database.execute("CREATE TABLE kept AS SELECT current_setting('fsync') AS fsync")
    with postgres(tmp_path, durable=True) as server, psycopg.connect(server.url) as database:
        assert database.execute("SELECT fsync FROM kept").fetchone() == ("on",)


def test_two_servers_run_side_by_side_in_deep_folders_with_spaces(tmp_path: Path) -> None:
    deep = tmp_path / ("a long way down " * 8) / "Ünïcode"
    with (
        postgres(deep / "one", durable=False) as one,
        postgres(deep / "two", durable=False) as two,
        psycopg.connect(one.url) as first,
        psycopg.connect(two.url) as second,
    ):
        places = [
            database.execute("SHOW data_directory").fetchone() for database in (first, second)
        ]
    assert places == [(str(deep / "one" / "data"),), (str(deep / "two" / "data"),)]


def test_nobody_else_can_reach_the_socket(tmp_path: Path) -> None:
    with postgres(tmp_path, durable=False) as server:
        folder = Path(unquote(urlsplit(server.url).hostname or ""))
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with psycopg.connect(server.url) as database:
            assert database.execute("SHOW listen_addresses").fetchone() == ("",)
            rules = database.execute("SELECT DISTINCT type, auth_method FROM pg_hba_file_rules")
            assert sorted(rules) == [("host", "reject"), ("local", "peer")]
    assert not folder.exists()


def test_what_a_killed_process_left_behind_is_recovered(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        with psycopg.connect(holder.stdout.readline().strip()) as database:
            database.execute("CREATE TABLE kept AS SELECT 1 AS number")
        socket_folder = (tmp_path / "socket").readlink()
        holder.kill()
    with postgres(tmp_path, durable=True) as server, psycopg.connect(server.url) as database:
        assert database.execute("SELECT number FROM kept").fetchone() == (1,)
    assert not socket_folder.exists()


def test_a_killed_server_is_known_to_be_gone_only_with_its_last_process(tmp_path: Path) -> None:
    with postgres(tmp_path, durable=False) as server:
        os.kill(int((tmp_path / "postgres.pid").read_text()), signal.SIGKILL)
        assert wait_until(lambda: server.process.ended, 10)
        assert wait_until(lambda: not is_locked(tmp_path / "postgres.pid"), 10)


def test_a_file_of_a_process_that_is_no_server_does_not_keep_it_from_starting(
    tmp_path: Path,
) -> None:
    with postgres(tmp_path, durable=False):
        pass
    claim = tmp_path / "data" / "postmaster.pid"
    claim.write_text(f"{os.getpid()}\n{tmp_path / 'data'}\n1\n5432\n\n\n\n")
    with postgres(tmp_path, durable=False) as server:
        assert not server.process.ended


def test_a_half_made_folder_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "data.new").mkdir()
    (tmp_path / "data.new" / "PG_VERSION").write_text("half")
    with postgres(tmp_path, durable=False) as server:
        assert not server.process.ended


def test_data_that_the_server_refuses_are_told_with_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with (
        pytest.raises(StartError, match=r"postgres ended with status 2; [^\n]*postgres\.log"),
        postgres(tmp_path, durable=False),
    ):
        pytest.fail("started on an empty folder")
    assert not (tmp_path / "socket").is_symlink()


def test_a_folder_that_cannot_be_filled_is_told(tmp_path: Path) -> None:
    (tmp_path / "data.new").write_text("in the way")
    with (
        pytest.raises(StartError, match="initdb ended with status 1; "),
        postgres(tmp_path, durable=False),
    ):
        pytest.fail("started without data")
    assert not (tmp_path / "data").exists()


def test_a_missing_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with (
        pytest.raises(StartError, match="The embedded PostgreSQL is not installed: "),
        postgres(tmp_path, durable=False),
    ):
        pytest.fail("started without a server")


def test_a_user_without_a_name_is_told() -> None:
    with pytest.raises(StartError, match="which 4000000000 has not"):
        user_name(4_000_000_000)


def test_root_becomes_a_user_without_other_rights_than_to_pass() -> None:
    words = as_user("nobody", euid=0, setpriv="setpriv")
    assert words[:6] == [
        "setpriv",
        "--reuid",
        "nobody",
        "--regid",
        str(SERVER_UID),
        "--clear-groups",
    ]
    assert words.count("-all,+dac_override") == 3


def test_root_without_setpriv_is_told() -> None:
    with pytest.raises(StartError, match="needs the command setpriv"):
        as_user("nobody", euid=0, setpriv=None)


def test_an_ordinary_user_stays_the_same() -> None:
    assert as_user("nobody", euid=1000, setpriv="setpriv") == ["setpriv", "--pdeathsig", "INT"]
    assert as_user("nobody", euid=1000, setpriv=None) == []
