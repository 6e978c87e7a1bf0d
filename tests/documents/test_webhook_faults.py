"""Workers that die, race and are overtaken, brokers that are away: each event has its delivery."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

import pytest
from django.conf import settings as site
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from documents import deliveries
from documents.deliveries.endings import finish
from documents.deliveries.messages import Outcome
from documents.deliveries.sending import claim
from documents.models import Delivery, Project, Webhook
from tests.client import Client
from tests.documents.hooking import happen, hook, let_pass, told, work
from tests.documents.receiving import Receiver
from tests.factories import WebhookFactory
from tests.running_site import wait_for
from tests.threads import at_once
from users.models import Event
from users.services.events import record_fact

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 400


@contextmanager
def working(receiver: Receiver) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker's process on the database of the tests."""
    served = urlsplit(os.environ["DATABASE_URL"])
    database = served._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = os.environ | {
        "DATABASE_URL": database.geturl(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "WEBHOOK_ALLOWED_HOSTS": receiver.place,
    }
    command = [sys.executable, "-m", "tests.documents.webhook_process"]
    process = subprocess.Popen(command, cwd=site.BASE_DIR, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def happen_often(project: Project, times: int = MANY) -> None:
    """Have much happen in a project."""
    for number in range(times):
        record_fact(
            actor=None,
            action="thing.happened",
            target_type="thing",
            target_id=project.pk,
            told={"number": number},
            project_id=project.pk,
        )


def per_event() -> set[int]:
    """Return how many deliveries events have, of all that were dispatched."""
    return set(Counter(Delivery.objects.values_list("event", flat=True)).values())


def test_kill_9_loses_and_doubles_no_delivery(receiver: Receiver, project: Project) -> None:
    WebhookFactory.create(project=project, url=receiver.url)
    happen_often(project)

    def has_more(than: int) -> bool:
        return len(receiver.messages) > than + 10

    for _ in range(3):
        with working(receiver) as process:
            wait_for(partial(has_more, len(receiver.messages)))
            process.kill()
            process.wait(30)
        let_pass(timedelta(minutes=2))  # until the leases of the dead have run out
    for _ in range(3):
        work()
    assert Delivery.objects.count() == Event.objects.filter(action="thing.happened").count()
    assert per_event() == {1}
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
    arrived = Counter(message.headers["webhook-id"] for message in receiver.messages)
    assert len(arrived) == MANY
    # What was under way when a worker was killed comes again, and nothing else does.
    assert sum(arrived.values()) - MANY <= 3 * site.WEBHOOK_AT_ONCE


def test_many_workers_send_each_message_once(receiver: Receiver, project: Project) -> None:
    for _ in range(3):
        WebhookFactory.create(project=project, url=receiver.url)
    happen_often(project, 30)
    at_once(*[work] * 4)
    work()
    assert Delivery.objects.count() == 90
    assert len(receiver.messages) == 90
    assert set(Delivery.objects.values_list("state", "attempts")) == {("delivered", 1)}


def test_of_simultaneous_dispatchers_one_writes(project: Project) -> None:
    for _ in range(3):
        WebhookFactory.create(project=project)
        happen_often(project, 10)
        at_once(*[deliveries.dispatch] * 4)
        deliveries.dispatch()
    assert Delivery.objects.count() == 30 + 20 + 10


def test_a_worker_that_was_overtaken_writes_nothing(
    receiver: Receiver, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    WebhookFactory.create(project=project, url=receiver.url)
    happen_often(project, 1)
    deliveries.dispatch()
    [overtaken] = claim()
    assert claim() == []
    let_pass(timedelta(minutes=2))
    work()
    assert finish(overtaken, Outcome(status=500, error="refused_by_receiver")) is False
    assert "taken over" in caplog.text
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.status) == ("delivered", 1, 204)


def test_without_a_broker_nothing_is_lost(
    manager: Client, project: Project, receiver: Receiver, broker_away: None
) -> None:
    made = hook(manager, project, receiver.url)
    happen(manager, project)
    assert manager.post(f"/webhooks/{made['id']}/test").status_code == 202
    work()  # as beat calls for it, once the broker is back
    assert sorted(told(receiver, made["secret"])) == ["document.created", "webhook.test"]


def test_a_message_on_demand_is_sent_without_waiting_for_beat(
    manager: Client, project: Project, receiver: Receiver, eager: None
) -> None:
    made = hook(manager, project, receiver.url)
    assert manager.post(f"/webhooks/{made['id']}/test").status_code == 202
    assert told(receiver, made["secret"]) == ["webhook.test"]


def test_a_hanging_receiver_does_not_hold_others_up(
    manager: Client, project: Project, receiver: Receiver, settings: Settings
) -> None:
    """The good one's messages arrive while the other still has its connection."""
    settings.WEBHOOK_SECONDS = 20
    hook(manager, project, f"http://{receiver.place}/held")
    good = hook(manager, project, receiver.url)
    receiver.held.clear()
    happen_often(project, 8)

    def let_go() -> None:
        try:
            wait_for(partial(all_arrived, receiver, "/hook", 8))
        finally:
            receiver.held.set()

    at_once(work, let_go)
    work()
    states = Counter(Delivery.objects.filter(webhook=good["id"]).values_list("state", flat=True))
    assert states == {"delivered": 8}


def all_arrived(receiver: Receiver, path: str, number: int) -> bool:
    return [message.path for message in receiver.messages].count(path) == number


def test_a_claim_is_refused_where_all_places_are_taken(
    project: Project, settings: Settings
) -> None:
    settings.WEBHOOK_AT_ONCE = 4
    for _ in range(6):
        WebhookFactory.create(project=project)
    happen_often(project, 2)
    deliveries.dispatch()
    assert len({delivery.webhook_id for delivery in claim()}) == 4
    assert claim() == []
    Delivery.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert len(claim()) == 4
    assert Webhook.objects.count() == 6
