"""The Celery application; tasks carry ids and may run twice."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path
from time import perf_counter
from typing import Any

from celery import Celery
from celery.bootsteps import StartStopStep
from celery.contrib.django.task import DjangoTask
from celery.signals import (
    celeryd_init,
    setup_logging,
    worker_before_create_process,
    worker_process_init,
    worker_process_shutdown,
)
from kombu.transport import TRANSPORT_ALIASES

from config import telemetry
from config.api.request_id import bound_request_id, current_request_id

logger = logging.getLogger(__name__)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Not by broker_transport: where that names a class, kombu overlooks the TLS of `rediss`.
TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), "config.redis_queue:Transport"))


class SafelySentTask(DjangoTask[..., Any]):
    """A task whose message may be lost: the rows say what is to do, and a sweep sends again."""

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Send after the commit; a broker that is away is logged and never fails the request."""
        from django.db import transaction

        headers = {"request_id": current_request_id()}

        def send() -> None:  # a partial has no __qualname__, which Django logs when sending fails
            self.apply_async(args, kwargs, headers=headers)

        transaction.on_commit(send, robust=True)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run under the ids of the request that sent the task, and of the rows that it is for."""
        # Both read the settings, which are not read yet when Django loads this module.
        from config.at_hand import having_at_hand
        from config.queries import watched

        sent_with = (self.request.headers or {}).get("request_id")
        ids = self._ids(args, kwargs)
        with bound_request_id(sent_with or self.request.id), having_at_hand(lambda: ids), watched():
            telemetry.note({"request_id": current_request_id(), **ids})
            started = perf_counter()
            try:
                return super().__call__(*args, **kwargs)
            finally:
                if ids:  # a sweep, which has none, is not told of: there is one every few seconds
                    logger.info("%s took %.0f ms", self.name, (perf_counter() - started) * 1000)

    def _ids(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, str]:
        """Return the ids of rows that the task was sent with, by the names of its parameters."""
        named = {**dict(zip(signature(self.run).parameters, args, strict=False)), **kwargs}
        return {name: str(named[name]) for name in named if name.endswith("_id")}


class SignOfLife(StartStopStep):
    """Tell the database every few seconds that this worker lives; /readyz reads it."""

    requires = ("celery.worker.components:Timer",)
    interval = 5.0

    def start(self, worker: Any) -> None:
        """Begin with the worker."""
        self.tell(worker.hostname)
        self.entry = worker.timer.call_repeatedly(self.interval, self.tell, (worker.hostname,))

    def stop(self, worker: Any) -> None:
        """End with the worker."""
        self.entry.cancel()
        from documents.services.workers import tell_gone

        tell_gone(name=worker.hostname)

    def tell(self, name: str) -> None:
        """Write the sign; a database that is away makes the worker count as silent."""
        from documents.services.workers import tell_alive

        tell_alive(name=name)


app = Celery("postil", task_cls=SafelySentTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(SignOfLife)


@worker_process_init.connect
def keep_what_is_loaded(**kwargs: Any) -> None:
    """Take what was loaded before the first task out of the collector's sight.

    It stays until the end, and to look through it again and again was a fifth of an import's CPU.
    """
    gc.collect()
    gc.freeze()


@app.on_after_configure.connect
def make_queue_folders(sender: Celery, **kwargs: Any) -> None:
    """Make the folders of the file-system transport, the queue of a machine without a broker."""
    options = sender.conf.broker_transport_options or {}
    for name in ("data_folder_in", "control_folder"):
        if folder := options.get(name):
            Path(folder).mkdir(parents=True, exist_ok=True)


@setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Leave the log as the settings have it: Celery would set a format and a level of its own."""


@celeryd_init.connect
def log_warnings(**kwargs: Any) -> None:
    """Have the worker's log be of one form, before Celery warns of anything."""
    from django.conf import settings  # they name this module

    if settings.LOG_FORMAT == "json":
        logging.captureWarnings(True)


@worker_process_init.connect
def begin_to_trace(**kwargs: Any) -> None:
    """Make spans in each process that works, which was forked from the one that takes messages."""
    telemetry.start("worker")


@worker_process_shutdown.connect
def send_last_spans(**kwargs: Any) -> None:
    """Send what such a process has not sent yet: it ends without handlers of its exit."""
    telemetry.stop()


@worker_before_create_process.connect
def share_memory(**kwargs: Any) -> None:
    """Keep the collector from writing to what the processes of a worker share."""
    gc.collect()
    gc.freeze()
