"""The commands behind `make up`, `make down` and `make reset`."""

import os
import sys

from config.launcher.child import StartError
from config.launcher.down import down, reset
from config.launcher.site import read_site
from config.launcher.up import up

COMMANDS = {"up": up, "down": down, "reset": reset}


def main(name: str) -> int:
    """Run a command and return its exit status; what went wrong is told in one sentence."""
    try:
        COMMANDS[name](read_site(os.environ))
    except (StartError, OSError) as error:
        print(f"Postil: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
