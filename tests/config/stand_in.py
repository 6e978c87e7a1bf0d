"""The real launcher over stand-ins: `python -m tests.config.stand_in up|down|reset`."""

import os
import signal
import sys

from config.launcher import __main__ as launcher
from config.launcher import site, up

PART = "tests.config.stand_in_part"

if __name__ == "__main__":
    site.WEB = (PART, "web")
    site.LIVE = (PART, "live")
    site.WORKER = (PART, "worker")
    site.BEAT = (PART, "beat")
    site.MANAGE = ("-m", PART)
    site.WORKER_STOPS = ((signal.SIGTERM, 1.0),)
    if os.environ.get("FAULT") == "unready":
        up.READY_SECONDS = 6.0
    if os.environ.get("FAULT") == "full":
        site.ROOM = 10**18
    sys.exit(launcher.main(sys.argv[1]))
