"""All metrics in Prometheus's text: the counts of the web processes, and where work stands now."""

from __future__ import annotations

import os

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from config.metrics.work import WorkCollector


def exposed(accept: str) -> tuple[bytes, str]:
    """Return the metrics and their media type, chosen by an Accept header."""
    encode, kind = choose_encoder(accept)
    now = CollectorRegistry()
    now.register(WorkCollector())
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return encode(REGISTRY) + encode(now), kind
    MultiProcessCollector(now)  # registers itself
    return encode(now), kind
