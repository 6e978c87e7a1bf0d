"""Stops a Postil from outside, and makes away with its data."""

import shutil

from config.embedded import stop_left_behind
from config.launcher.instance import claim, stop
from config.launcher.site import Site
from config.launcher.up import say

# By name, so that a VAR_DIR that points to a folder with other things in it keeps those.
DATA = {
    "postgres": "the database",
    "media": "uploaded files",
    "queue": "waiting messages",
    "queue-control": "the queue's bookkeeping",
    "beat": "the schedule's bookkeeping",
    "static": "collected static files",
    "log": "logs",
    "demo_accounts": "the demo's passwords",
    "secret_key": "the secret key",
    "launcher.pid": "the launcher's lock",
}


def down(site: Site) -> None:
    """Stop the site, or what a killed launcher left behind; raise StartError when it stays."""
    was_running = stop(site.var)
    with claim(site.var, site.address):
        for part in reversed(site.parts()):
            part.process.stop()
        stop_left_behind(site.var / "postgres")
    say("Postil has stopped." if was_running else "Postil is not running.")


def reset(site: Site) -> None:
    """Stop the site and delete its data, saying what; an external database is not touched."""
    down(site)
    with claim(site.var, site.address):
        for name, meaning in DATA.items():
            path = site.var / name
            if path.exists():
                say(f"Deleting {path} ({meaning}).")
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    if "DATABASE_URL" in site.environment:
        say("The database at DATABASE_URL stays as it is.")
