"""The Celery application; tasks carry ids and may run twice."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.bootsteps import StartStopStep
from celery.contrib.django.task import DjangoTask
from kombu.transport import TRANSPORT_ALIASES

from config.api.request_id import bound_request_id, current_request_id

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
        """Run under the id of the request that sent the task."""
        sent_with = (self.request.headers or {}).get("request_id")
        with bound_request_id(sent_with or self.request.id):
            return super().__call__(*args, **kwargs)


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


@app.on_after_configure.connect
def make_queue_folders(sender: Celery, **kwargs: Any) -> None:
    """Make the folders of the file-system transport, the queue of a machine without a broker."""
    options = sender.conf.broker_transport_options or {}
    for name in ("data_folder_in", "control_folder"):
        if folder := options.get(name):
            Path(folder).mkdir(parents=True, exist_ok=True)
