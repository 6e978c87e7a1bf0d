"""Stands in for a part of the site: `web`, `live`, `worker`, `beat` or a step of the start.

The environment may name a FAULT: the part that fails at once, `unready` for a web that answers
503, `deaf` for a worker that ignores the polite signal, `no-demo` for a seed that makes none.
"""

import http.server
import os
import signal
import sys
from pathlib import Path
from types import FrameType

FAULT = os.environ.get("FAULT")
VAR = Path(os.environ["VAR_DIR"])


def say_goodbye(_number: int, _frame: FrameType | None) -> None:
    import psycopg  # keeps the start of all the parts short

    psycopg.connect(os.environ["DATABASE_URL"]).close()
    with (VAR / "goodbyes").open("a") as file:
        file.write(f"{sys.argv[1]}\n")
    sys.exit(0)


class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503 if FAULT == "unready" else 200)
        self.end_headers()
        self.wfile.write(b"no live worker")


def play(part: str) -> int:
    sys.stdout.write(f"{part} stands in\n")
    sys.stdout.flush()
    if part == FAULT:
        return 3
    is_deaf = part == "worker" and FAULT == "deaf"
    signal.signal(signal.SIGTERM, signal.SIG_IGN if is_deaf else say_goodbye)
    if part == "web":
        host, port = sys.argv[-1].split(":")
        http.server.HTTPServer((host, int(port)), Ready).serve_forever()
    if part == "collectstatic":
        (VAR / "static").mkdir(exist_ok=True)
        (VAR / "static" / "staticfiles.json").write_text("{}")
    if part == "seed" and FAULT != "no-demo":
        (VAR / "demo_accounts").write_text("ada@example.org  a-password  curator\n")
    while part in {"worker", "beat", "live"}:
        signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(play(sys.argv[1]))
