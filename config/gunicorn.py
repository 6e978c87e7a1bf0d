"""How gunicorn serves the site; the launcher and the image start it with this file."""

import logging
import os

from config.logs import LinkFilter

wsgi_app = "config.wsgi:application"
worker_class = "gthread"
workers = int(os.environ.get("WEB_PROCESSES") or 1)
threads = int(os.environ.get("WEB_THREADS") or 8)
timeout = 30
limit_request_line = 8190  # bytes: a search for 500 characters of any script, and a page's cursor
graceful_timeout = 8  # within the time that the launcher and compose give
keepalive = 5

# Who may tell of the client's address and scheme is decided by TRUSTED_PROXIES alone.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}

# Its place is one for each user, not for each site, and nothing here asks for it.
control_socket_disable = True

accesslog = "-"
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(B)s bytes %(M)s ms [%({x-request-id}o)s]'
logging.getLogger("gunicorn.access").addFilter(LinkFilter())
