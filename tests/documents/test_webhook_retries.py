"""Messages are tried again over days; a webhook that only fails is disabled."""

from __future__ import annotations

import time
from datetime import timedelta
from email.utils import format_datetime
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import Settings

from documents import deliveries
from documents.deliveries.endings import finish
from documents.deliveries.messages import send
from documents.deliveries.sending import claim
from documents.models import Delivery, DeliveryState, Project, Webhook
from documents.tasks import deliver_webhooks, mail_webhook_disabled
from tests.client import Client
from tests.documents.hooking import (
    happen,
    hook,
    let_pass,
    only,
    the,
    waits,
    work,
)
from tests.documents.receiving import Receiver
from tests.events import log_of
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db(transaction=True)


# Tried again


def test_a_message_is_tried_again_by_the_table_and_given_up(
    manager: Client, project: Project, receiver: Receiver, hooked: Any, settings: Settings
) -> None:
    settings.WEBHOOK_DISABLED_AFTER = timedelta(days=365)
    receiver.status = 500
    happen(manager, project)
    work()
    tried = only()
    assert tried.next_attempt_at
    for wait in settings.WEBHOOK_RETRIES:
        tried = only()
        assert (tried.state, tried.error) == (DeliveryState.PENDING, "refused_by_receiver")
        usual = wait.total_seconds()
        assert usual - 2 < waits(tried) <= usual * 1.1
        work()
        assert only().attempts == tried.attempts  # it is not due
        let_pass(timedelta(seconds=waits(tried) + 0.001))
        work()
    over = only()
    assert (over.state, over.attempts, over.next_attempt_at) == (DeliveryState.FAILED, 10, None)
    assert len({message.headers["webhook-id"] for message in receiver.messages}) == 1
    assert len(receiver.messages) == 10


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("120", 120),
        ("1", 5),
        ("99999999999999", 86400),
        ("-5", 5),
        ("soon", 5),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 5),
        ("²", 5),
    ],
)
def test_retry_after_is_honoured_within_bounds(
    manager: Client,
    project: Project,
    receiver: Receiver,
    hooked: Any,
    retry_after: str,
    seconds: int,
) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": retry_after}
    happen(manager, project)
    work()
    assert seconds - 1 < waits(only()) <= max(seconds, 5.5)


def test_retry_after_may_be_a_date(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    moment = timezone.now() + timedelta(hours=2)
    receiver.status, receiver.headers = 503, {"Retry-After": format_datetime(moment)}
    happen(manager, project)
    work()
    assert 7190 < waits(only()) < 7201


def test_a_redirect_is_not_followed(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    receiver.status, receiver.headers = 302, {"Location": "/elsewhere"}
    happen(manager, project)
    work()
    assert [message.path for message in receiver.messages] == ["/hook"]
    assert (only().status, only().error) == (302, "redirected")


def test_of_an_answer_its_beginning_is_kept(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    receiver.status, receiver.body = 400, "ü\0".encode() * 100_000
    happen(manager, project)
    work()
    assert only().answer == "ü\ufffd" * 500
    assert only().status == 400


def test_a_receiver_that_takes_too_long_is_a_failure(
    manager: Client, project: Project, receiver: Receiver, settings: Settings
) -> None:
    hook(manager, project, f"http://{receiver.place}/held")
    receiver.held.clear()
    settings.WEBHOOK_SECONDS = 0.2
    happen(manager, project)
    began = time.monotonic()
    work()
    assert time.monotonic() - began < 5
    assert (only().error, only().status) == ("timeout", None)


def test_a_receiver_that_is_away_is_a_failure_until_it_is_back(
    manager: Client, project: Project, receiver: Receiver, settings: Settings, hooked: Any
) -> None:
    Webhook.objects.update(url="http://127.0.0.1:1/hook")
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1:1", receiver.place]
    happen(manager, project)
    work()
    assert only().error == "unreachable"
    shown = manager.get(f"/webhooks/{hooked['id']}").json()
    assert shown["failing_since"]
    Webhook.objects.update(url=receiver.url)
    let_pass(timedelta(minutes=1))
    work()
    assert (only().state, only().attempts, only().error) == ("delivered", 2, "")
    assert manager.get(f"/webhooks/{hooked['id']}").json()["failing_since"] is None


def test_a_fault_of_ours_is_logged_and_the_message_kept(
    manager: Client,
    project: Project,
    receiver: Receiver,
    hooked: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    Webhook.objects.update(secret="no longer to be unsealed")
    happen(manager, project)
    work()
    assert (only().state, only().error) == ("pending", "internal_error")
    assert "by a fault of ours" in caplog.text
    assert receiver.messages == []


# Disabled


def test_410_disables_at_once(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    receiver.status = 410
    happen(manager, project)
    assert work() == [the(hooked).pk]
    happen(manager, project)
    work()
    assert len(receiver.messages) == 1
    assert (only().state, only().status) == ("failed", 410)
    shown = manager.get(f"/webhooks/{hooked['id']}").json()
    assert (shown["is_enabled"], shown["version"]) == (False, 2)
    assert shown["disabled_reason"] == "The receiver answered 410 Gone."
    assert log_of(hooked["id"])[-1] == ("webhook.disabled", None)


def test_five_days_of_failures_disable_and_the_managers_are_told(
    manager: Client,
    project: Project,
    receiver: Receiver,
    hooked: Any,
    settings: Settings,
    eager: None,
) -> None:
    settings.EMAIL_IS_SENT = True
    MembershipFactory.create(project=project, role="curator")
    MembershipFactory.create(project=project, role="manager", user__is_active=False)
    receiver.status = 500
    happen(manager, project)
    deliver_webhooks()
    let_pass(timedelta(days=4, hours=23))
    deliver_webhooks()
    assert the(hooked).is_enabled
    let_pass(timedelta(days=1, hours=1))
    deliver_webhooks()
    assert not the(hooked).is_enabled
    assert the(hooked).disabled_reason.startswith("Nothing was delivered since 20")
    [sent] = mail.outbox
    assert (sent.to, sent.bcc) == ([], [manager.person.email])
    assert receiver.url in sent.body
    assert the(hooked).disabled_reason in sent.body
    assert sent.subject == "A webhook of yours was disabled in Postil"


def test_one_success_in_five_days_keeps_it(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    receiver.status = 500
    happen(manager, project)
    work()
    let_pass(timedelta(days=4))
    receiver.status = 200
    work()
    receiver.status = 500
    let_pass(timedelta(days=4))
    happen(manager, project)
    work()
    assert the(hooked).is_enabled


def test_a_webhook_that_was_disabled_meanwhile_is_not_disabled_twice(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    receiver.status = 410
    happen(manager, project)
    deliveries.dispatch()
    claimed = claim()
    manager.post(f"/webhooks/{hooked['id']}/disable")
    assert finish(claimed[0], send(claimed[0])) is False
    assert the(hooked).disabled_reason == "A manager disabled it."


@pytest.mark.parametrize("case", ["enabled", "unsent", "gone"])
def test_nobody_is_mailed_for_nothing(
    manager: Client, project: Project, hooked: Any, settings: Settings, case: str
) -> None:
    settings.EMAIL_IS_SENT = case != "unsent"
    if case != "enabled":
        manager.post(f"/webhooks/{hooked['id']}/disable")
    if case == "gone":
        assert manager.delete(f"/webhooks/{hooked['id']}", if_match="2").status_code == 204
    mail_webhook_disabled(hooked["id"])
    assert mail.outbox == []


def test_a_mail_that_is_not_sent_is_tried_again(
    manager: Client,
    hooked: Any,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(_: EmailMessage) -> int:
        raise SMTPServerDisconnected

    settings.EMAIL_IS_SENT = True
    monkeypatch.setattr(EmailMessage, "send", refuse)
    manager.post(f"/webhooks/{hooked['id']}/disable")
    with pytest.raises(Exception, match="can be retried"):
        mail_webhook_disabled(hooked["id"])
    assert "A mail of a webhook was not sent" in caplog.text


def test_enabled_again_it_goes_on_where_it_was(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    receiver.status = 500
    happen(manager, project, "First")
    work()
    manager.post(f"/webhooks/{hooked['id']}/disable")
    happen(manager, project, "Second")
    work()
    receiver.status = 200
    assert manager.post(f"/webhooks/{hooked['id']}/enable").status_code == 200
    work()
    rows = Delivery.objects.order_by("id").values_list("event__after__title", "state", "attempts")
    assert list(rows) == [("First", "delivered", 1), ("Second", "delivered", 1)]
