"""RabbitMQ as broker, in a virtual host of its own: one story, with all connections cut meanwhile.

It needs `rabbitmqctl` and a RabbitMQ on this machine. While three hundred documents are processed
its connections are closed and what waits in its queue is thrown away; the sweep sends again.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from benchmarks.beyond.ground import database, keep, process_documents, site, story

SERVER = os.environ.get("RABBITMQ", "guest:guest@127.0.0.1:5672")
USER = SERVER.partition(":")[0]
DOCUMENTS = 300


def main() -> None:
    """Tell the story, break the broker's connections under load, and keep what came of it."""
    with virtual_host() as name, database() as direct:
        broker = {"CELERY_BROKER_URL": f"amqp://{SERVER}/{name}"}
        with site(direct, broker, workers=2) as running:
            facts = story(running)

            def cut() -> None:
                control("purge_queue", "celery", "--vhost", name)
                control("close_all_connections", "--vhost", name, "a benchmark")

            begun = time.perf_counter()
            process_documents(running, DOCUMENTS, meanwhile=cut)
            facts["seconds for 300 documents, the broker lost meanwhile"] = round(
                time.perf_counter() - begun, 1
            )
    keep("rabbitmq", facts)


@contextmanager
def virtual_host() -> Iterator[str]:
    """Make a virtual host for this run; its queues are nobody else's."""
    name = f"postil-{uuid4().hex[:8]}"
    control("add_vhost", name)
    try:
        control("set_permissions", "--vhost", name, USER, ".*", ".*", ".*")
        yield name
    finally:
        control("delete_vhost", name)


def control(*words: str) -> None:
    """Have RabbitMQ do something."""
    subprocess.run(["rabbitmqctl", "--quiet", *words], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
