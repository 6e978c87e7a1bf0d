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

from config.embedded import postgres, stop_left_behind
from config.launcher import up
from config.launcher.child import Child, StartError, is_locked, stop_requested, wait_until
from config.launcher.instance import stop
from config.launcher.site import read_site

SITE = [sys.executable, "-m", "tests.config.stand_in"]
INHERITED = (
    "DATABASE_URL",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "SITE_URL",
    "HTTPS",
    "PORT",
    "LIVE_PORT",
)
DEAF = """
import signal, sys
from pathlib import Path
from config.launcher.instance import claim
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with claim(Path(sys.argv[1]), "http://127.0.0.1:1"):
    print("here", flush=True)
    signal.pause()
"""
PARTS = ("web", "live", "beat", "worker")


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
        settings = {"PORT": free_port(), "LIVE_PORT": free_port()} | settings
        launched.append(Launcher(tmp_path / folder, said, command, settings))
        return launched[-1]

    yield start
    for launcher in launched:
        launcher.process.terminate()
        launcher.end()
    for launcher in launched:
        for name in PARTS:
            Child(name, launcher.var / "log").stop()
        stop_left_behind(launcher.var / "postgres")


def is_anything_alive(var: Path) -> bool:
    locks = [*(var / "log").glob("*.pid"), var / "postgres" / "postgres.pid"]
    return any(is_locked(lock) for lock in locks)


def numbers(var: Path) -> set[str]:
    return {(var / "log" / f"{part}.pid").read_text() for part in PARTS}


def goodbyes(var: Path) -> list[str]:
    return (var / "goodbyes").read_text().split()


def test_up_says_where_the_site_is_and_where_its_logs_are(launch: Launch) -> None:
    port = free_port()
    started = launch(PORT=port)
    started.wait_for("Ctrl-C stops it")
    assert f"site      http://127.0.0.1:{port}/\n" in started.said
    assert f"admin     http://127.0.0.1:{port}/admin/\n" in started.said
    assert f"API docs  http://127.0.0.1:{port}/api/docs\n" in started.said
    assert f"logs      {started.var / 'log'}\n" in started.said
    assert "demo:\n  ada@example.org  a-password  curator\n" in started.said
    assert (started.var / "log" / "web.log").read_text().startswith("web stands in\n")


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_web_live_beat_worker_and_then_the_database(
    launch: Launch, number: signal.Signals
) -> None:
    started = launch()
    started.wait_for("Ctrl-C stops it")
    started.process.send_signal(number)
    assert started.end() == 0
    assert goodbyes(started.var) == list(PARTS)  # each said with the database still there
    assert not is_anything_alive(started.var)
    assert "database system is shut down" in (started.var / "postgres" / "postgres.log").read_text()


def test_a_second_signal_does_not_cut_the_stop_short(launch: Launch) -> None:
    started = launch()
    started.wait_for("Ctrl-C stops it")
    started.process.send_signal(signal.SIGINT)
    started.wait_for("Stopping.")
    started.process.send_signal(signal.SIGINT)
    assert started.end() == 0
    assert goodbyes(started.var) == list(PARTS)


def test_a_signal_during_the_start_stops_what_has_started(launch: Launch) -> None:
    started = launch()
    started.wait_for("Bringing the database up to date.")
    started.process.send_signal(signal.SIGINT)
    assert started.end() == 0
    assert "Postil is running" not in started.said
    assert not is_anything_alive(started.var)


def test_a_part_deaf_to_the_polite_signal_does_not_hold_up_the_stop(launch: Launch) -> None:
    started = launch(FAULT="deaf")
    started.wait_for("Ctrl-C stops it")
    started.process.terminate()
    assert started.end() == 0
    assert not is_anything_alive(started.var)


@pytest.mark.parametrize("part", ["worker", "seed"])
def test_a_part_that_fails_at_the_start_is_named_and_all_is_stopped(
    launch: Launch, part: str
) -> None:
    started = launch(FAULT=part)
    assert started.end() == 1
    log = started.var / "log" / f"{part}.log"
    assert (
        f"Postil: {part} ended with status 3; the end of {log}:\n  {part} stands in\n"
        in started.said
    )
    assert not is_anything_alive(started.var)


def test_a_part_that_dies_later_is_named_and_all_is_stopped(launch: Launch) -> None:
    started = launch()
    started.wait_for("Ctrl-C stops it")
    os.kill(int((started.var / "log" / "worker.pid").read_text()), signal.SIGKILL)
    assert started.end() == 1
    assert "Postil: worker ended with status -9; " in started.said
    assert goodbyes(started.var) == ["web", "live", "beat"]
    assert not is_anything_alive(started.var)


def test_a_database_that_dies_is_named_and_all_is_stopped(launch: Launch) -> None:
    started = launch()
    started.wait_for("Ctrl-C stops it")
    os.kill(int((started.var / "postgres" / "postgres.pid").read_text()), signal.SIGQUIT)
    assert started.end() == 1
    assert "Postil: postgres ended with status" in started.said
    assert not is_anything_alive(started.var)


def test_a_site_that_does_not_become_ready_says_why_and_is_stopped(launch: Launch) -> None:
    started = launch(FAULT="unready")
    assert started.end() == 1
    logs = started.var / "log"
    assert (
        f"Postil: After 6 seconds /readyz answers no live worker; the logs are in {logs}.\n"
        in started.said
    )
    assert not is_anything_alive(started.var)


def test_a_taken_port_is_told_before_anything_starts(launch: Launch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        started = launch(PORT=str(port))
        assert started.end() == 1
    assert started.said == (
        f"Postil: Port {port} cannot be used (Address already in use): choose another with PORT=…\n"
    )
    assert not is_anything_alive(started.var)


def test_a_taken_port_of_the_live_process_is_told(launch: Launch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        started = launch(LIVE_PORT=str(port))
        assert started.end() == 1
    assert started.said == (
        f"Postil: Port {port} cannot be used (Address already in use):"
        " choose another with LIVE_PORT=…\n"
    )


def test_a_disk_that_is_all_but_full_is_told_before_anything_starts(launch: Launch) -> None:
    started = launch(FAULT="full")
    assert started.end() == 1
    assert started.said.startswith(f"Postil: The disk of {started.var} has ")
    assert not is_anything_alive(started.var)


@pytest.mark.parametrize("name", ["PORT", "LIVE_PORT"])
@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_told(launch: Launch, port: str, name: str) -> None:
    started = launch(**{name: port})
    assert started.end() == 1
    assert started.said == f"Postil: {name} is {port!r}: set it to a number from 1 to 65535.\n"


def test_the_live_process_listens_beside_the_web_unless_told() -> None:
    assert read_site({"PORT": "9000"}).live_port == 9001
    assert read_site({"PORT": "65535"}).live_port == 65534
    site = read_site({"PORT": "9000", "LIVE_PORT": "9700"})
    assert site.live_port == 9700
    assert site.environment["LIVE_URL"] == "http://127.0.0.1:9700"
    told = read_site({"LIVE_URL": "https://live.example"})
    assert told.environment["LIVE_URL"] == "https://live.example"


def test_a_folder_that_cannot_be_made_is_told(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    started = launch(folder="file/var")
    assert started.end() == 1
    assert started.said == f"Postil: [Errno 20] Not a directory: '{tmp_path / 'file' / 'var'}'\n"


def test_a_second_start_in_the_same_folder_says_that_one_runs(launch: Launch) -> None:
    started = launch()
    started.wait_for("Ctrl-C stops it")
    second = launch()
    assert second.end() == 1
    assert second.said.startswith(
        f"Postil: already running here (process {started.process.pid}, http://127.0.0.1:"
    )
    assert started.process.poll() is None


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
    left = numbers(killed.var)
    assert is_anything_alive(killed.var)
    started = launch(PORT=port)
    started.wait_for("Ctrl-C stops it")
    assert left.isdisjoint(numbers(started.var))  # each holds the lock that its forerunner held


def test_a_second_start_keeps_the_secret_and_the_static_files(launch: Launch) -> None:
    first = launch()
    first.wait_for("Ctrl-C stops it")
    secret = first.var / "secret_key"
    kept = secret.read_text()
    assert len(kept) == 86
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(first.var.stat().st_mode) == 0o700
    first.process.terminate()
    first.end()
    second = launch()
    second.wait_for("Ctrl-C stops it")
    assert secret.read_text() == kept
    assert "Collecting static files." in first.said
    assert "Collecting static files." not in second.said


@pytest.fixture
def signals() -> Iterator[None]:
    """Let the signals of a stop end a process, under nohup too; set them back at the end."""
    handlers = {number: signal.getsignal(number) for number in up.STOP_SIGNALS}
    for number in up.STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("number", up.STOP_SIGNALS)
def test_every_signal_of_a_stop_asks_for_it(number: signal.Signals) -> None:
    up.heed_signals()
    try:
        signal.raise_signal(number)
        assert stop_requested.is_set()
    finally:
        stop_requested.clear()


@pytest.mark.usefixtures("signals")
def test_under_nohup_a_terminal_that_goes_away_stops_nothing() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    up.heed_signals()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_database_and_a_secret_that_are_given_are_used(launch: Launch, tmp_path: Path) -> None:
    with postgres(tmp_path / "given", durable=False) as server:
        started = launch(DATABASE_URL=server.url, SECRET_KEY="given", FAULT="no-demo")
        started.wait_for("Ctrl-C stops it")
        assert "accounts of the demo" not in started.said
        started.process.terminate()
        assert started.end() == 0
        assert not (started.var / "postgres").exists()
        with psycopg.connect(server.url):
            assert goodbyes(started.var) == list(PARTS)


def test_down_stops_a_running_site(launch: Launch) -> None:
    started = launch()
    started.wait_for("Ctrl-C stops it")
    down = launch("down")
    assert down.end() == 0
    assert down.said == "Postil has stopped.\n"
    assert started.end() == 0
    assert goodbyes(started.var) == list(PARTS)


def test_down_with_nothing_running_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "config.launcher", "down"]
    environment = os.environ | {"VAR_DIR": str(tmp_path)}
    down = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert down.stdout == "Postil is not running.\n"


def test_a_launcher_that_does_not_stop_in_time_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf = [sys.executable, "-c", DEAF, str(tmp_path)]
    with subprocess.Popen(deaf, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        monkeypatch.setattr("config.launcher.instance.STOP_SECONDS", 0.2)
        with pytest.raises(StartError, match=f"Process {process.pid} did not stop within"):
            stop(tmp_path)
        process.kill()


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
    started = launch()
    started.wait_for("Ctrl-C stops it")
    (started.var / "mine").write_text("kept")
    reset = launch("reset")
    assert reset.end() == 0
    assert reset.said.startswith("Postil has stopped.\nDeleting ")
    assert f"Deleting {started.var / 'postgres'} (the database).\n" in reset.said
    assert f"Deleting {started.var / 'secret_key'} (the secret key).\n" in reset.said
    assert sorted(path.name for path in started.var.iterdir()) == ["goodbyes", "mine"]


def test_reset_leaves_a_database_that_is_given(launch: Launch) -> None:
    reset = launch("reset", DATABASE_URL="postgresql://db.example/postil")
    assert reset.end() == 0
    assert reset.said.endswith("The database at DATABASE_URL stays as it is.\n")
