"""The real launcher and a real PostgreSQL; the site's own processes are stand-ins."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from config.embedded import postgres, server_process
from config.launcher.child import Child, is_locked, wait_until

SITE = [sys.executable, "-m", "tests.config.stand_in"]
INHERITED = ("DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "HTTPS", "PORT")
PARTS = ("web", "beat", "worker")


class Launcher:
    """One run of a launcher's command, with all that it says."""

    def __init__(self, var: Path, said: Path, command: str, settings: dict[str, str]) -> None:
        self.var = var
        self._said = said
        environment = {name: os.environ[name] for name in os.environ if name not in INHERITED}
        with said.open("w") as output:
            self.process = subprocess.Popen(
                [*SITE, command],
                env=environment | {"VAR_DIR": str(var)} | settings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self._said.read_text()

    def wait_for(self, words: str) -> None:
        assert wait_until(lambda: words in self.said or self.process.poll() is not None, 40)
        assert words in self.said

    def end(self) -> int:
        return self.process.wait(60)


Launch = Callable[..., Launcher]


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Return a function that runs a command over stand-ins; all of it is stopped at the end."""
    launched: list[Launcher] = []

    def start(command: str = "up", folder: str = "var", **settings: str) -> Launcher:
        said = tmp_path / f"said-{len(launched)}"
        settings = {"PORT": free_port()} | settings
        launched.append(Launcher(tmp_path / folder, said, command, settings))
        return launched[-1]

    yield start
    for launcher in launched:
        launcher.process.terminate()
        launcher.end()
        for name in PARTS:
            Child(name, launcher.var / "log").stop()
        server_process(launcher.var / "postgres").stop()


def is_anything_alive(var: Path) -> bool:
    locks = [*(var / "log").glob("*.pid"), var / "postgres" / "postgres.pid"]
    return any(is_locked(lock) for lock in locks)


def goodbyes(var: Path) -> list[str]:
    return (var / "goodbyes").read_text().split()


def test_up_says_where_the_site_is_and_where_its_logs_are(launch: Launch) -> None:
    port = free_port()
    up = launch(PORT=port)
    up.wait_for("Ctrl-C stops it")
    assert f"site      http://127.0.0.1:{port}/\n" in up.said
    assert f"admin     http://127.0.0.1:{port}/admin/\n" in up.said
    assert f"API docs  http://127.0.0.1:{port}/api/docs\n" in up.said
    assert f"logs      {up.var / 'log'}\n" in up.said
    assert (up.var / "log" / "web.log").read_text().startswith("web stands in\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_web_beat_worker_and_then_the_database(
    launch: Launch, number: signal.Signals
) -> None:
    up = launch()
    up.wait_for("Ctrl-C stops it")
    up.process.send_signal(number)
    assert up.end() == 0
    assert goodbyes(up.var) == ["web", "beat", "worker"]  # each said with the database still there
    assert not is_anything_alive(up.var)
    assert "database system is shut down" in (up.var / "postgres" / "postgres.log").read_text()


def test_a_second_signal_does_not_cut_the_stop_short(launch: Launch) -> None:
    up = launch()
    up.wait_for("Ctrl-C stops it")
    up.process.send_signal(signal.SIGINT)
    up.wait_for("Stopping.")
    up.process.send_signal(signal.SIGINT)
    assert up.end() == 0
    assert goodbyes(up.var) == ["web", "beat", "worker"]


def test_a_signal_during_the_start_stops_what_has_started(launch: Launch) -> None:
    up = launch()
    up.wait_for("Bringing the database up to date.")
    up.process.send_signal(signal.SIGINT)
    assert up.end() == 0
    assert "Postil is running" not in up.said
    assert not is_anything_alive(up.var)


def test_a_part_deaf_to_the_polite_signal_does_not_hold_up_the_stop(launch: Launch) -> None:
    up = launch(FAULT="deaf")
    up.wait_for("Ctrl-C stops it")
    up.process.terminate()
    assert up.end() == 0
    assert not is_anything_alive(up.var)


@pytest.mark.parametrize("part", ["worker", "seed"])
def test_a_part_that_fails_at_the_start_is_named_and_all_is_stopped(
    launch: Launch, part: str
) -> None:
    up = launch(FAULT=part)
    assert up.end() == 1
    log = up.var / "log" / f"{part}.log"
    assert f"Postil: {part} ended with status 3; the end of {log}:\n  {part} stands in\n" in up.said
    assert not is_anything_alive(up.var)


def test_a_part_that_dies_later_is_named_and_all_is_stopped(launch: Launch) -> None:
    up = launch()
    up.wait_for("Ctrl-C stops it")
    os.kill(int((up.var / "log" / "worker.pid").read_text()), signal.SIGKILL)
    assert up.end() == 1
    assert "Postil: worker ended with status -9; " in up.said
    assert goodbyes(up.var) == ["web", "beat"]
    assert not is_anything_alive(up.var)


def test_a_database_that_dies_is_named_and_all_is_stopped(launch: Launch) -> None:
    up = launch()
    up.wait_for("Ctrl-C stops it")
    os.kill(int((up.var / "postgres" / "postgres.pid").read_text()), signal.SIGQUIT)
    assert up.end() == 1
    assert "Postil: postgres ended with status" in up.said
    assert not is_anything_alive(up.var)


def test_a_site_that_does_not_become_ready_says_why_and_is_stopped(launch: Launch) -> None:
    up = launch(FAULT="unready")
    assert up.end() == 1
    logs = up.var / "log"
    assert (
        f"Postil: After 2 seconds /readyz answers no live worker; the logs are in {logs}.\n"
        in up.said
    )
    assert not is_anything_alive(up.var)


def test_a_taken_port_is_told_before_anything_starts(launch: Launch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        up = launch(PORT=str(port))
        assert up.end() == 1
    assert up.said == (
        f"Postil: Port {port} cannot be used (Address already in use): choose another with PORT=…\n"
    )
    assert not is_anything_alive(up.var)


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_told(launch: Launch, port: str) -> None:
    up = launch(PORT=port)
    assert up.end() == 1
    assert up.said == f"Postil: PORT is {port!r}: set it to a number from 1 to 65535.\n"


def test_a_folder_that_cannot_be_made_is_told(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    up = launch(folder="file/var")
    assert up.end() == 1
    assert up.said == f"Postil: [Errno 20] Not a directory: '{tmp_path / 'file' / 'var'}'\n"


def test_a_second_start_in_the_same_folder_says_that_one_runs(launch: Launch) -> None:
    up = launch()
    up.wait_for("Ctrl-C stops it")
    second = launch()
    assert second.end() == 1
    assert second.said.startswith(
        f"Postil: Postil is already running here (process {up.process.pid}, http://127.0.0.1:"
    )
    assert up.process.poll() is None


def test_two_sites_run_side_by_side(launch: Launch) -> None:
    one, other = launch(folder="one"), launch(folder="the other")
    one.wait_for("Ctrl-C stops it")
    other.wait_for("Ctrl-C stops it")
    one.process.terminate()
    assert one.end() == 0
    assert other.process.poll() is None
    assert is_locked(other.var / "postgres" / "postgres.pid")


def test_what_a_killed_launcher_left_behind_is_replaced(launch: Launch) -> None:
    port = free_port()
    killed = launch(PORT=port)
    killed.wait_for("Ctrl-C stops it")
    killed.process.kill()
    killed.end()
    assert is_locked(killed.var / "log" / "web.pid")
    up = launch(PORT=port)
    up.wait_for("Ctrl-C stops it")
    assert not killed_still_serves(killed, up)


def killed_still_serves(killed: Launcher, up: Launcher) -> bool:
    recorded = int((up.var / "log" / "web.pid").read_text())
    return os.getsid(recorded) == killed.process.pid


def test_the_secret_and_the_data_are_kept(launch: Launch) -> None:
    first = launch()
    first.wait_for("Ctrl-C stops it")
    secret = first.var / "secret_key"
    kept = secret.read_text()
    assert len(kept) == 86
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(first.var.stat().st_mode) == 0o700
    first.process.terminate()
    first.end()
    launch().wait_for("Ctrl-C stops it")
    assert secret.read_text() == kept


def test_a_database_and_a_secret_that_are_given_are_used(launch: Launch, tmp_path: Path) -> None:
    with postgres(tmp_path / "given", durable=False) as server:
        up = launch(DATABASE_URL=server.url, SECRET_KEY="given")
        up.wait_for("Ctrl-C stops it")
        up.process.terminate()
        assert up.end() == 0
        assert not (up.var / "postgres").exists()
        with psycopg.connect(server.url):
            assert goodbyes(up.var) == ["web", "beat", "worker"]


def test_down_stops_a_running_site(launch: Launch) -> None:
    up = launch()
    up.wait_for("Ctrl-C stops it")
    down = launch("down")
    assert down.end() == 0
    assert down.said == "Postil has stopped.\n"
    assert up.end() == 0
    assert goodbyes(up.var) == ["web", "beat", "worker"]


def test_down_with_nothing_running_says_so(launch: Launch) -> None:
    down = launch("down")
    assert down.end() == 0
    assert down.said == "Postil is not running.\n"


def test_down_leaves_a_process_alone_whose_number_is_in_an_old_file(launch: Launch) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    try:
        down = launch("down")
        down.var.mkdir(exist_ok=True)
        down.end()
        (down.var / "launcher.pid").write_text(f"{bystander.pid} http://127.0.0.1:1\n")
        again = launch("down")
        assert again.end() == 0
        assert again.said == "Postil is not running.\n"
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_down_stops_what_a_killed_launcher_left_behind(launch: Launch) -> None:
    killed = launch()
    killed.wait_for("Ctrl-C stops it")
    killed.process.kill()
    killed.end()
    assert is_anything_alive(killed.var)
    assert launch("down").end() == 0
    assert not is_anything_alive(killed.var)


def test_reset_stops_the_site_and_deletes_its_data_saying_what(launch: Launch) -> None:
    up = launch()
    up.wait_for("Ctrl-C stops it")
    (up.var / "mine").write_text("kept")
    reset = launch("reset")
    assert reset.end() == 0
    assert reset.said.startswith("Postil has stopped.\nDeleting ")
    assert f"Deleting {up.var / 'postgres'} (the database).\n" in reset.said
    assert f"Deleting {up.var / 'secret_key'} (the secret key).\n" in reset.said
    assert sorted(path.name for path in up.var.iterdir()) == ["goodbyes", "mine"]


def test_reset_leaves_a_database_that_is_given(launch: Launch) -> None:
    reset = launch("reset", DATABASE_URL="postgresql://db.example/postil")
    assert reset.end() == 0
    assert reset.said.endswith("The database at DATABASE_URL stays as it is.\n")
