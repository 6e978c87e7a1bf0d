"""Starts all of a Postil, says where it is, watches over it and stops it again."""

import http.client
import math
import signal
import textwrap
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

from config.embedded import postgres
from config.launcher.child import Child, StartError, stop_requested, wait_until
from config.launcher.instance import claim
from config.launcher.site import (
    HOST,
    Site,
    has_collected_static_files,
    kept_secret,
    manage,
    require_free_port,
    require_room,
)

READY_SECONDS = 90.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def say(words: str) -> None:
    """Print at once; a terminal that is gone is no reason to fail."""
    with suppress(OSError):
        print(words, flush=True)


def up(site: Site) -> None:
    """Run the site until asked to stop; raise StartError when a part fails, with all stopped."""
    heed_signals()
    with claim(site.var, site.address), ExitStack() as running:
        try:
            _run(site, running)
        except KeyboardInterrupt:
            say("\nStopping.")
        finally:  # the stop takes a bounded time; cut short, it would leave something behind
            for number in STOP_SIGNALS:
                signal.signal(number, signal.SIG_IGN)


def heed_signals() -> None:
    """Let the signals of a stop ask for it; under nohup a terminal that goes away does not."""
    under_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    for number in STOP_SIGNALS[: -1 if under_nohup else None]:
        signal.signal(number, lambda *_: stop_requested.set())


def unreadiness(site: Site) -> str:
    """Return why the site is not ready, in its own words where it has some; empty when it is."""
    connection = http.client.HTTPConnection(HOST, site.port, timeout=10)
    try:
        host = {"Host": urlsplit(site.address).netloc}
        connection.request("GET", "/readyz", headers=host)
        answer = connection.getresponse()
        words = answer.read(1000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"/readyz does not answer ({error})"
    finally:
        connection.close()
    return "" if answer.status == http.HTTPStatus.OK else f"/readyz answers {words}"


def _run(site: Site, running: ExitStack) -> None:
    parts = site.parts()
    for part in reversed(parts):
        part.process.stop()  # what a killed launcher left behind
    require_free_port(site.port)
    require_free_port(site.live_port, "LIVE_PORT")
    require_room(site.var)
    environment = {"SECRET_KEY": kept_secret(site.var), **site.environment}
    watched = [part.process for part in parts]
    if "DATABASE_URL" not in environment:
        say("Starting PostgreSQL.")
        server = running.enter_context(postgres(site.var / "postgres", durable=True))
        environment["DATABASE_URL"] = server.url
        watched.append(server.process)
    _prepare(site, environment)
    say("Starting worker, beat, live and web.")
    for part in parts:
        running.callback(part.process.stop)
        part.process.start(part.command, environment)
    _wait_until_ready(site, watched)
    _announce(site)
    wait_until(lambda: any(process.ended for process in watched), math.inf)
    _require_alive(watched)


def _prepare(site: Site, environment: Mapping[str, str]) -> None:
    (site.var / "beat").mkdir(exist_ok=True)

    def step(sentence: str, *command: str) -> None:
        say(sentence)
        Child(command[0], site.logs).run(manage(command), environment)

    step("Bringing the database up to date.", "migrate", "--noinput")
    if not has_collected_static_files(site.var):
        step("Collecting static files.", "collectstatic", "--noinput")
    step("Filling in the demo, if the database is empty.", "seed", "--if-empty")


def _wait_until_ready(site: Site, watched: Sequence[Child]) -> None:
    def is_decided() -> bool:
        return any(process.ended for process in watched) or not unreadiness(site)

    wait_until(is_decided, READY_SECONDS)
    _require_alive(watched)
    if reason := unreadiness(site):
        raise StartError(
            f"After {READY_SECONDS:.0f} seconds {reason}; the logs are in {site.logs}."
        )


def _require_alive(watched: Sequence[Child]) -> None:
    for process in watched:
        if process.ended:
            raise process.failure()


def _announce(site: Site) -> None:
    accounts = site.var / "demo_accounts"
    say(f"""
Postil is running.
  site      {site.address}/
  admin     {site.address}/admin/
  API docs  {site.address}/api/docs
  logs      {site.logs}""")
    if accounts.exists():
        say(f"The accounts of the demo:\n{textwrap.indent(accounts.read_text(), '  ')}")
    say("Ctrl-C stops it, and so does `make down`.")
