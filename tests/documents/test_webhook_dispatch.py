"""Each event has its delivery: none is lost, nobody is held up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from documents import deliveries
from documents.deliveries import dispatching, sending
from documents.deliveries.sending import claim
from documents.models import Delivery, DeliveryState, Project, Webhook
from documents.tasks import forget_old_deliveries
from tests.client import Client
from tests.documents.hooking import (
    happen,
    hook,
    let_pass,
    only,
    told,
    work,
)
from tests.documents.receiving import Receiver
from tests.factories import UserFactory
from tests.threads import at_once
from users.feed import Position, Snapshot
from users.models import Event
from users.services.events import record_fact
from users.services.log_restoration import declare_restored

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_deleted_project_rests_until_it_is_restored(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    happen(manager, project)
    assert manager.delete(f"/projects/{project.pk}", if_match="1").status_code == 204
    work()
    assert receiver.messages == []
    assert manager.post(f"/projects/{project.pk}/restore").status_code == 200
    work()
    assert "document.created" in told(receiver, hooked["secret"])


def test_a_dead_receiver_holds_nobody_up_and_takes_few_places(
    manager: Client, project: Project, receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOK_AT_ONCE = 4
    dead = [hook(manager, project, f"http://{receiver.place}/held/{n}") for n in range(3)]
    Webhook.objects.update(failing_since=timezone.now())
    good = hook(manager, project, receiver.url)
    for number in range(3):
        happen(manager, project, f"Letter {number}")
    deliveries.dispatch()
    claimed = claim()
    by_webhook = [str(delivery.webhook_id) for delivery in claimed]
    assert by_webhook.count(good["id"]) == 1
    assert sum(by_webhook.count(one["id"]) for one in dead) == 2
    assert len(set(by_webhook)) == 3
    assert claim() == []  # each has its share, and the dead ones theirs


def test_what_exceeds_the_backlog_waits_in_the_log(
    manager: Client, project: Project, receiver: Receiver, hooked: Any, settings: Settings
) -> None:
    settings.WEBHOOK_BACKLOG = 2
    for number in range(5):
        happen(manager, project, f"Letter {number}")
    assert [deliveries.dispatch() for _ in range(2)] == [2, 0]
    for _ in range(3):
        work()
    titles = [m.verified(hooked["secret"])["data"]["after"]["title"] for m in receiver.messages]
    assert sorted(titles) == [f"Letter {number}" for number in range(5)]


def test_pages_of_the_log_are_gone_on_with(
    manager: Client, project: Project, hooked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "AT_ONCE", 2)
    for number in range(5):
        happen(manager, project, f"Letter {number}")
    assert [deliveries.dispatch() for _ in range(4)] == [2, 2, 1, 0]


def test_without_news_three_queries_look_for_all_webhooks(
    manager: Client, project: Project, django_assert_num_queries: Any
) -> None:
    for _ in range(5):
        hook(manager, project)
    deliveries.dispatch()
    with django_assert_num_queries(3):
        deliveries.dispatch()
    let_pass(timedelta(minutes=2))
    before = set(Webhook.objects.values_list("position", flat=True))
    UserFactory.create()  # a transaction that is none of theirs
    deliveries.dispatch()
    assert not before & set(Webhook.objects.values_list("position", flat=True))


def test_a_restored_log_is_gone_on_with(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    """In a new cluster places mean nothing: events of the backup may have any numbers there."""
    happen(manager, project, "Sent")
    work()
    happen(manager, project, "Under way")
    Webhook.objects.update(position=str(Position(Snapshot(10**12, 10**12))))  # of the old counting
    declare_restored()
    happen(manager, project, "After")
    work()
    work()
    titles = [m.verified(hooked["secret"])["data"]["after"]["title"] for m in receiver.messages]
    assert sorted(titles) == ["After", "Sent", "Under way"]
    happen(manager, project, "Later")
    work()
    assert len(receiver.messages) == 4


def test_without_webhooks_nobody_reads_the_log(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):  # the one of sending among them
        assert work() == []


def test_what_commits_late_is_sent_though_others_came_first(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    fast = Client.of(manager.person)
    with transaction.atomic():
        record_fact(
            actor=None,
            action="document.slow",
            target_type="document",
            target_id=project.pk,
            told={"title": "Slow"},
            project_id=project.pk,
        )
        at_once(lambda: happen(fast, project, "Fast"))
        assert at_once(deliveries.dispatch) == [1]
    assert [deliveries.dispatch() for _ in range(2)] == [1, 0]
    rows = Delivery.objects.order_by("id").values_list("event__after__title", flat=True)
    assert list(rows) == ["Fast", "Slow"]


def test_old_deliveries_are_forgotten_and_pending_ones_kept(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    happen(manager, project)
    work()
    receiver.status = 500
    happen(manager, project)
    work()
    old = timezone.now() - timedelta(days=31)
    Delivery.objects.update(updated_at=old)
    forget_old_deliveries()
    assert only().state == DeliveryState.PENDING
    Webhook.objects.update(deleted_at=old)
    assert deliveries.forget_old() == 1
    assert Event.objects.filter(action="document.created").count() == 2


def test_a_turn_without_time_sends_nothing(
    project: Project, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TURN", 0)
    assert sending.send_due() == []
