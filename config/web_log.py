"""The web server's own lines, and its access log, as JSON: see config/gunicorn.py."""

from __future__ import annotations

import logging
from typing import Any

from gunicorn.glogging import Logger

from config.logs import JsonFormatter, discreet

# What an access line tells, by the names of gunicorn's atoms.
ATOMS = {
    "address": "h",
    "method": "m",
    "path": "U",
    "status": "s",
    "bytes": "B",
    "ms": "M",
    "request_id": "{x-request-id}o",
    "user_id": "{postil.user_id}e",
    "trace_id": "{postil.trace_id}e",
}
MISSING = "-"


class AccessFormatter(JsonFormatter):
    """Writes an answered request as members rather than as a sentence."""

    def told(self, record: logging.LogRecord) -> dict[str, Any]:
        """Return what is known of the request and its answer."""
        atoms: Any = record.args
        told = {name: atoms[atom] for name, atom in ATOMS.items() if atoms[atom] != MISSING}
        return told | {"path": discreet(atoms["U"])}


class JsonLogger(Logger):
    """gunicorn's logger, which writes JSON."""

    def setup(self, cfg: Any) -> None:
        """Have gunicorn make its handlers, and these write JSON."""
        super().setup(cfg)
        for log, formatter in (
            (self.error_log, JsonFormatter()),
            (self.access_log, AccessFormatter()),
        ):
            for handler in log.handlers:
                handler.setFormatter(formatter)
