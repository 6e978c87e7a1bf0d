"""Webhooks over HTTP: made, shown, changed, ended by managers; sent to on demand."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from documents.models import Delivery, Project, Webhook
from documents.services.event_feed import present
from tests.client import Client
from tests.documents.hooking import ELSEWHERE, PUBLIC, happen, hook, let_pass, the, work
from tests.documents.receiving import Receiver
from tests.events import changed, last_event, log_of
from tests.factories import DeliveryFactory, WebhookFactory
from tests.threads import at_once
from users.models import Event
from users.sealing import unseal
from users.services.log_restoration import declare_restored

pytestmark = pytest.mark.django_db(transaction=True)


def answered(response: Any) -> tuple[int, str]:
    return response.status_code, response.json().get("code")


# Made and shown


def test_a_webhook_is_shown_with_its_secret_once(manager: Client, project: Project) -> None:
    path = f"/projects/{project.pk}/webhooks"
    response = manager.post(path, {"url": PUBLIC, "description": "Ours", "actions": ["label"]})
    made = response.json()
    assert response.status_code == 201
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made["secret"])
    assert response["Location"].endswith(f"/webhooks/{made['id']}")
    shown = manager.get(f"/webhooks/{made['id']}")
    assert shown["ETag"] == response["ETag"]
    assert shown.json() == {name: made[name] for name in made if name != "secret"}
    assert (made["url"], made["description"], made["actions"]) == (PUBLIC, "Ours", ["label"])
    assert (made["is_enabled"], made["failing_since"]) == (True, None)
    assert made["created_by"]["id"] == str(manager.person.pk)
    assert manager.get(path).json()["results"] == [shown.json()]
    assert made["secret"] not in the(made).secret
    assert unseal(the(made).secret) == made["secret"]
    assert log_of(made["id"]) == [("webhook.created", manager.person.pk)]
    hidden = {"secret", "former_secret", "position", "epoch", "looked_at", "failing_since"}
    assert not hidden & set(last_event(made["id"]).after)


def test_no_key_keeps_a_secret(manager: Client, project: Project) -> None:
    path = f"/projects/{project.pk}/webhooks"
    first = manager.post(path, {"url": PUBLIC}, Idempotency_Key="k").json()
    again = manager.post(path, {"url": PUBLIC}, Idempotency_Key="k").json()
    assert first["id"] == again["id"]
    assert again.get("secret") is None
    assert Webhook.objects.count() == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/hook",
        "https://127.0.0.1/hook",
        "https://127.1/hook",
        "https://2130706433/hook",
        "https://0x7f.1/hook",
        "https://[::1]/hook",
        "https://[::ffff:127.0.0.1]/hook",
        "https://10.1.2.3/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://192.168.1.1/hook",
        "https://100.64.0.1/hook",
        "https://8.8.8.8:25/hook",
        "https://user:password@8.8.8.8/hook",
        "https://8.8.8.8/hook#part",
        "https://localhost/hook",
        "ftp://8.8.8.8/hook",
        "file:///etc/passwd",
        "8.8.8.8/hook",
        "https://",
    ],
)
def test_an_address_that_leads_inside_is_told_at_once(
    manager: Client, project: Project, url: str
) -> None:
    refused = (422, "webhook_address_refused")
    made = WebhookFactory.create(project=project)
    response = manager.post(f"/projects/{project.pk}/webhooks", {"url": url})
    assert answered(response) == refused
    assert response.json()["errors"][0]["pointer"] == "/url"
    changing = manager.patch(f"/webhooks/{made.pk}", {"url": url}, if_match="1")
    assert answered(changing) == refused
    assert Webhook.objects.get().url == made.url


def test_a_host_without_an_address_is_told(manager: Client, project: Project) -> None:
    url = "https://no-such-host.invalid/hook"
    response = manager.post(f"/projects/{project.pk}/webhooks", {"url": url})
    assert answered(response) == (422, "webhook_address_refused")
    assert response.json()["detail"] == "Its host has no address."


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"url": PUBLIC, "actions": ["No"]},
        {"url": PUBLIC, "actions": ["a."]},
        {"url": PUBLIC, "actions": "label.created"},
        {"url": PUBLIC, "actions": ["a"] * 101},
        {"url": PUBLIC, "secret": "mine"},
        {"url": "https://" + "x" * 2000},
    ],
)
def test_what_does_not_fit_is_refused(
    manager: Client, project: Project, members: dict[str, Any]
) -> None:
    response = manager.post(f"/projects/{project.pk}/webhooks", members)
    assert answered(response) == (422, "invalid")


def test_a_project_has_so_many_webhooks(
    manager: Client, project: Project, settings: Settings
) -> None:
    settings.WEBHOOKS_PER_PROJECT = 2
    first = hook(manager, project)
    path = f"/projects/{project.pk}/webhooks"
    make = lambda: Client.of(manager.person).post(path, {"url": PUBLIC}).status_code  # noqa: E731
    assert sorted(at_once(make, make, make)) == [201, 409, 409]
    assert answered(manager.post(path, {"url": PUBLIC})) == (409, "too_many_webhooks")
    assert manager.delete(f"/webhooks/{first['id']}", if_match="1").status_code == 204
    assert make() == 201


# Changed and ended


def test_a_webhook_is_changed_under_its_version(manager: Client, project: Project) -> None:
    made = hook(manager, project)
    path = f"/webhooks/{made['id']}"
    assert manager.patch(path, {"url": ELSEWHERE}).status_code == 428
    given = {"url": ELSEWHERE, "description": "New", "actions": ["label.created"]}
    response = manager.patch(path, given, if_match="1")
    assert response.status_code == 200
    assert {name: response.json()[name] for name in given} == given
    assert manager.patch(path, {"actions": []}, if_match="1").status_code == 412
    assert set(changed(last_event(made["id"]))) == {*given, "version"}


def test_a_deleted_webhook_is_gone_with_its_secrets(
    manager: Client, project: Project, receiver: Receiver
) -> None:
    made = hook(manager, project, receiver.url)
    happen(manager, project)
    assert manager.delete(f"/webhooks/{made['id']}", if_match="7").status_code == 412
    assert manager.delete(f"/webhooks/{made['id']}", if_match="1").status_code == 204
    work()
    assert receiver.messages == []
    assert manager.get(f"/webhooks/{made['id']}").status_code == 404
    assert manager.get(f"/webhooks/{made['id']}/deliveries").status_code == 404
    assert manager.get(f"/projects/{project.pk}/webhooks").json()["results"] == []
    assert the(made).secret == ""
    assert log_of(made["id"])[-1][0] == "webhook.deleted"


def test_of_a_deletion_and_a_change_at_once_none_is_lost(manager: Client, project: Project) -> None:
    made = hook(manager, project)
    path = f"/webhooks/{made['id']}"
    end = lambda: Client.of(manager.person).delete(path, if_match="1").status_code  # noqa: E731
    assert sorted(at_once(end, end, end)) == [204, 404, 404]


def test_a_secret_is_rotated(manager: Client, project: Project) -> None:
    made = hook(manager, project)
    rotated = manager.post(f"/webhooks/{made['id']}/rotate-secret").json()
    assert rotated["secret"] != made["secret"]
    assert unseal(the(made).secret) == rotated["secret"]
    assert unseal(the(made).former_secret) == made["secret"]
    assert rotated["former_secret_until"] > rotated["updated_at"]
    assert "secret" not in manager.get(f"/webhooks/{made['id']}").json()
    assert log_of(made["id"])[-1] == ("webhook.secret_rotated", manager.person.pk)


def test_disabling_and_enabling_are_told_and_done_once(manager: Client, project: Project) -> None:
    made = hook(manager, project)
    for _ in range(2):
        shown = manager.post(f"/webhooks/{made['id']}/disable").json()
        assert (shown["is_enabled"], shown["disabled_reason"]) == (False, "A manager disabled it.")
        assert shown["disabled_at"]
    for _ in range(2):
        shown = manager.post(f"/webhooks/{made['id']}/enable").json()
        assert (shown["is_enabled"], shown["disabled_reason"]) == (True, "")
        assert shown["disabled_at"] is None
    actions = [action for action, _ in log_of(made["id"])]
    assert actions == ["webhook.created", "webhook.disabled", "webhook.enabled"]


def test_what_managers_do_to_webhooks_is_no_business_of_curators(
    manager: Client, curator: Client, project: Project
) -> None:
    hook(manager, project)
    seen = Event.objects.visible_to(curator.person).filter(action__startswith="webhook.")
    assert not seen.exists()
    assert Event.objects.visible_to(manager.person).filter(action="webhook.created").exists()


# Sent to on demand


def test_a_test_message_goes_to_this_webhook_alone(
    manager: Client, project: Project, receiver: Receiver
) -> None:
    made = hook(manager, project, receiver.url, actions=["label.created"])
    hook(manager, project, f"http://{receiver.place}/other")
    response = manager.post(f"/webhooks/{made['id']}/test")
    assert response.status_code == 202
    assert (response.json()["type"], response.json()["state"]) == ("webhook.test", "pending")
    work()
    [message] = receiver.messages
    assert message.path == "/hook"
    assert message.verified(made["secret"])["type"] == "webhook.test"
    assert "secret" not in message.verified(made["secret"])["data"]["after"]
    shown = manager.get(f"/deliveries/{response.json()['id']}").json()
    assert shown["state"] == "delivered"


def test_nothing_is_sent_on_demand_to_a_disabled_one(manager: Client, project: Project) -> None:
    made = hook(manager, project)
    delivery = DeliveryFactory.create(webhook=the(made))
    manager.post(f"/webhooks/{made['id']}/disable")
    refused = (409, "webhook_disabled")
    assert answered(manager.post(f"/webhooks/{made['id']}/test")) == refused
    assert answered(manager.post(f"/deliveries/{delivery.pk}/redeliver")) == refused


def test_deliveries_are_listed_and_filtered(
    manager: Client, project: Project, receiver: Receiver
) -> None:
    made = hook(manager, project, receiver.url)
    happen(manager, project, "First")
    work()
    receiver.status = 500
    happen(manager, project, "Second")
    work()
    path = f"/webhooks/{made['id']}/deliveries"
    states = [row["state"] for row in manager.get(path).json()["results"]]
    assert states == ["delivered", "pending"]
    [pending] = manager.get(f"{path}?state=pending").json()["results"]
    assert (pending["status"], pending["error"]) == (500, "refused_by_receiver")
    assert pending["webhook_id"] == made["id"]
    first = manager.get(f"{path}?limit=1").json()
    assert first["next"]
    assert answered(manager.get(f"{path}?state=lost")) == (400, "invalid_query")
    other = hook(manager, project)
    assert manager.get(f"/webhooks/{other['id']}/deliveries").json()["results"] == []


def test_a_delivery_is_sent_again_with_its_id(
    manager: Client, project: Project, receiver: Receiver
) -> None:
    made = hook(manager, project, receiver.url)
    happen(manager, project)
    work()
    delivery = Delivery.objects.get()
    response = manager.post(f"/deliveries/{delivery.pk}/redeliver")
    assert response.status_code == 202
    assert (response.json()["state"], response.json()["attempts"]) == ("pending", 0)
    work()
    first, second = receiver.messages
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert second.verified(made["secret"]) == first.verified(made["secret"])
    assert Delivery.objects.get().state == "delivered"
    assert log_of(delivery.pk) == [("webhook.redelivered", manager.person.pk)]


def titles(receiver: Receiver, secret: str) -> list[str]:
    said = [message.verified(secret)["data"] for message in receiver.messages]
    return sorted(one["after"]["title"] for one in said)


def test_what_happened_since_a_time_is_sent_again(
    manager: Client, project: Project, receiver: Receiver
) -> None:
    happen(manager, project, "Before the webhook")
    made = hook(manager, project, receiver.url, actions=["document"])
    happen(manager, project, "Early")
    Event.objects.update(at=timezone.now() - timedelta(days=2))
    happen(manager, project, "Late")
    work()
    path = f"/webhooks/{made['id']}/replay"
    assert titles(receiver, made["secret"]) == ["Early", "Late"]
    since = (timezone.now() - timedelta(days=1)).isoformat()
    assert manager.post(path, {"since": since}).status_code == 202
    work()
    assert titles(receiver, made["secret"]) == ["Early", "Late", "Late"]
    assert len({message.headers["webhook-id"] for message in receiver.messages}) == 2
    manager.post(path, {"since": "2020-01-01T00:00:00Z"})
    work()
    assert titles(receiver, made["secret"]).count("Before the webhook") == 1
    assert len(receiver.messages) == 6
    assert log_of(made["id"])[-1] == ("webhook.replayed", manager.person.pk)


def test_what_happened_since_a_cursor_is_sent_again(
    manager: Client, project: Project, receiver: Receiver
) -> None:
    made = hook(manager, project, receiver.url)
    happen(manager, project, "Early")
    cursor = manager.get(f"/projects/{project.pk}/events?after=now").json()["cursor"]
    happen(manager, project, "Late")
    work()
    assert manager.post(f"/webhooks/{made['id']}/replay", {"since": cursor}).status_code == 202
    work()
    assert titles(receiver, made["secret"]) == ["Early", "Late", "Late"]


def test_a_cursor_of_before_a_restoration_is_gone(manager: Client, project: Project) -> None:
    made = hook(manager, project)
    cursor = str(present())
    declare_restored()
    response = manager.post(f"/webhooks/{made['id']}/replay", {"since": cursor})
    assert response.status_code == 410


def test_a_replay_of_the_future_leaves_nothing_out(
    manager: Client, project: Project, receiver: Receiver
) -> None:
    made = hook(manager, project, receiver.url)
    happen(manager, project, "Not sent yet")
    for since in ((timezone.now() + timedelta(days=1)).isoformat(), str(present())):
        response = manager.post(f"/webhooks/{made['id']}/replay", {"since": since})
        assert response.status_code == 202
    work()
    assert titles(receiver, made["secret"]) == ["Not sent yet"]


@pytest.mark.parametrize("since", ["yesterday", "", 7, None, "x.WyIxOjE6IiwiIiwtMV0="])
def test_a_replay_takes_a_time_or_a_cursor(manager: Client, project: Project, since: Any) -> None:
    made = hook(manager, project)
    response = manager.post(f"/webhooks/{made['id']}/replay", {"since": since})
    assert answered(response) == (422, "invalid")


def test_a_delivery_of_a_deleted_webhook_is_not_shown(manager: Client, project: Project) -> None:
    delivery = DeliveryFactory.create(webhook=WebhookFactory.create(project=project))
    assert manager.get(f"/deliveries/{delivery.pk}").status_code == 200
    Webhook.objects.update(deleted_at=timezone.now())
    assert manager.get(f"/deliveries/{delivery.pk}").status_code == 404


def test_pending_deliveries_are_due_at_once_when_enabled(
    manager: Client, project: Project, receiver: Receiver
) -> None:
    made = hook(manager, project, receiver.url)
    receiver.status = 500
    happen(manager, project)
    for _ in range(3):
        let_pass(timedelta(hours=1))
        work()
    manager.post(f"/webhooks/{made['id']}/disable")
    manager.post(f"/webhooks/{made['id']}/enable")
    receiver.status = 200
    work()
    assert (Delivery.objects.get().state, Delivery.objects.get().attempts) == ("delivered", 1)
    assert the(made).failing_since is None
