"""What clients were told of their writes, to be held against what the site has kept."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple


class Write(NamedTuple):
    """One version of one row, and the id of the request that made it."""

    row: str
    version: int
    request: str


class Ledger:
    """The writes that were accepted, and those of which nobody knows: the connection broke."""

    def __init__(self) -> None:
        self.accepted: set[Write] = set()
        self.doubted: set[Write] = set()
        self.deletions: set[str] = set()  # requests to delete an annotation, with its relations
        self._versions: set[tuple[str, int]] = set()
        self._lock = threading.Lock()

    def accept(self, row: str, version: int, request: str) -> None:
        """Note what was answered 2xx; fails where another request was told the same."""
        with self._lock:
            assert (row, version) not in self._versions, "two clients made one version"
            self._versions.add((row, version))
            self.accepted.add(Write(row, version, request))

    def doubt(self, row: str, version: int, request: str) -> None:
        """Note what may have been done, or not."""
        with self._lock:
            self.doubted.add(Write(row, version, request))

    def require(self, events: list[Any]) -> None:
        """Require that the log tells of all that was accepted, and of nothing nobody asked for."""
        written = [
            Write(event["target_id"], event["after"]["version"], event["request_id"])
            for event in events
            if self._is_a_client_s(event)
        ]
        assert len(written) == len(set(written)), "something was written twice"
        assert self.accepted - set(written) == set(), "what was accepted is lost"
        assert set(written) - self.accepted - self.doubted == set(), "nobody was told of these"

    def _is_a_client_s(self, event: Any) -> bool:
        """Tell whether a client was told of an event: cascades and what workers do are not."""
        kind = event["target_type"]
        if kind == "document":  # one of an import has an `external_id`
            return event["before"] is None and event["after"]["external_id"] is None
        is_cascade = kind == "relation" and event["request_id"] in self.deletions
        return kind in {"annotation", "relation"} and not is_cascade
