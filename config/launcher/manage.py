"""Runs one of Django's commands in the site of `make up`: `python -m config.launcher.manage …`."""

import os
import sys
from collections.abc import Sequence

from config.embedded import running_url
from config.launcher.child import StartError
from config.launcher.site import kept_secret, manage, read_site


def run(arguments: Sequence[str]) -> None:
    """Become the command, in the environment of the site's processes; raise StartError."""
    site = read_site(os.environ)
    given = dict(site.environment)
    if "DATABASE_URL" not in given:
        given["DATABASE_URL"] = running_url(site.var / "postgres")
    command = manage(arguments)
    environment = {"SECRET_KEY": kept_secret(site.var), **given}
    os.execve(command[0], command, environment)  # noqa: S606 - no shell is what is wanted


if __name__ == "__main__":
    try:
        run(sys.argv[1:])
    except StartError as error:
        sys.exit(f"Postil: {error}")
