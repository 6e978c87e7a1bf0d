"""How gunicorn serves the site; the launcher and the image start it with this file."""

import gc
import logging
import os
import shutil
import tempfile
from typing import Any

from config.logs import LinkFilter

wsgi_app = "config.wsgi:application"
worker_class = "gthread"
workers = int(os.environ.get("WEB_PROCESSES") or 1)
threads = int(os.environ.get("WEB_THREADS") or 8)
timeout = 30
limit_request_line = 8190  # bytes: a search for 500 characters of any script, and a page's cursor
# A stop cuts no request: PostgreSQL ends each statement after 30 seconds, unless set otherwise.
# The launcher and compose give somewhat more.
graceful_timeout = 35
keepalive = 5

# Imported once, before the processes part: they share its memory. Connections are opened by whoever
# first asks for one, hence never before; a new release takes a new start, not a SIGHUP.
preload_app = True

# Who may tell of the client's address and scheme is decided by TRUSTED_PROXIES alone.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}

# Its place is one for each user, not for each site, and nothing here asks for it.
control_socket_disable = True

accesslog = "-"
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(B)s bytes %(M)s ms [%({x-request-id}o)s]'
if os.environ.get("LOG_FORMAT") == "json":
    logger_class = "config.web_log.JsonLogger"
else:
    logging.getLogger("gunicorn.access").addFilter(LinkFilter())

# Where the web processes share their counts: one folder for all of them, also over a reload.
COUNTS, COUNTS_BEGIN = "PROMETHEUS_MULTIPROC_DIR", "postil-metrics-"
if os.environ.get("METRICS_TOKEN") and COUNTS not in os.environ:
    os.environ[COUNTS] = tempfile.mkdtemp(prefix=COUNTS_BEGIN)


def child_exit(server: Any, worker: Any) -> None:
    """Forget what a web process told of itself alone, its connections, once it is gone."""
    if COUNTS in os.environ:
        from prometheus_client.multiprocess import mark_process_dead  # an extra: telemetry

        mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """Take the counts away with the server that made their folder."""
    if COUNTS_BEGIN in os.environ.get(COUNTS, ""):
        shutil.rmtree(os.environ[COUNTS], ignore_errors=True)


def when_ready(server: Any) -> None:
    """Import what a first request would; keep the collector from writing to what is shared."""
    from django.urls import get_resolver

    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
