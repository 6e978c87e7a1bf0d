"""What happens in a project reaches its webhooks: signed, once, and never inside."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from config.outbound import client as outbound
from documents import deliveries
from documents.deliveries import addresses, signing
from documents.models import Delivery, Document, Project, Webhook
from tests.annotations.erasing import erase
from tests.client import Client
from tests.documents.hooking import (
    ELSEWHERE,
    PUBLIC,
    happen,
    hook,
    let_pass,
    only,
    told,
    work,
)
from tests.documents.receiving import Receiver
from tests.events import last_event
from tests.factories import MembershipFactory
from users.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


# Sent


def test_the_signature_is_that_of_the_specification() -> None:
    """Made by the package `standardwebhooks`."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    made = signing.signatures([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_event_arrives_signed_and_once(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    document = happen(manager, project)
    work()
    work()
    [message] = receiver.messages
    said = message.verified(hooked["secret"])
    event = last_event(document["id"])
    assert (said["type"], said["timestamp"]) == ("document.created", said["data"]["at"])
    assert said["data"]["target_id"] == document["id"]
    assert said["data"]["actor"] == str(manager.person.pk)
    assert said["data"]["after"] == event.after
    assert said["data"]["id"] == event.pk
    assert message.headers["webhook-id"] == f"evt_{event.pk}"
    assert message.headers["content-type"] == "application/json"
    assert message.headers["host"] == receiver.place
    shown = manager.get(f"/deliveries/{only().pk}").json()
    assert (shown["state"], shown["status"], shown["attempts"]) == ("delivered", 204, 1)
    assert (shown["error"], shown["next_attempt_at"], shown["type"]) == ("", None, said["type"])
    assert shown["message_id"] == message.headers["webhook-id"]
    assert 0 < shown["duration"] < 5


def test_a_signature_of_another_secret_does_not_hold(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    happen(manager, project)
    work()
    with pytest.raises(WebhookVerificationError):
        receiver.messages[0].verified(signing.new_secret())


def test_events_arrive_in_their_order_from_the_webhooks_beginning_on(
    manager: Client, project: Project, receiver: Receiver
) -> None:
    happen(manager, project, "Before")
    made = hook(manager, project, receiver.url)
    titles = [f"Letter {number}" for number in range(6)]
    for title in titles:
        happen(manager, project, title)
    deliveries.dispatch()
    rows = Delivery.objects.order_by("id").values_list("event__after__title", flat=True)
    assert list(rows) == titles
    work()
    arrived = {
        message.verified(made["secret"])["data"]["after"]["title"] for message in receiver.messages
    }
    assert arrived == set(titles)


def test_other_projects_and_what_only_managers_see_stay_here(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    foreign = MembershipFactory.create(user=manager.person, role="manager").project
    happen(manager, foreign)
    manager.post(f"/projects/{project.pk}/invitations", {"role": "viewer"})
    manager.post(f"/projects/{project.pk}/service-accounts", {"name": "x", "role": "viewer"})
    manager.post(f"/projects/{project.pk}/saved-filters", {"name": "mine", "query": {}})
    hook(manager, project, ELSEWHERE)
    happen(manager, project)
    work()
    assert "document.created" in told(receiver, hooked["secret"])
    assert not {
        name
        for name in told(receiver, hooked["secret"])
        if name.startswith(("invitation.", "service_account.", "saved_filter.", "webhook."))
    }
    said = [message.verified(hooked["secret"])["data"] for message in receiver.messages]
    assert {one["project_id"] for one in said} == {str(project.pk)}


def test_a_shared_filter_is_told_and_one_that_was_private_is_not(
    manager: Client, project: Project, hooked: Any
) -> None:
    path = f"/projects/{project.pk}/saved-filters"
    shared = manager.post(path, {"name": "ours", "query": {}, "is_shared": True}).json()
    private = manager.post(path, {"name": "mine", "query": {}}).json()
    manager.patch(f"/saved-filters/{private['id']}", {"is_shared": True}, if_match="1")
    deliveries.dispatch()
    targets = {str(delivery.event.target_id) for delivery in Delivery.objects.all()}
    assert targets == {shared["id"]}


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ([], ["document.created", "document.updated"]),
        (["document.updated"], ["document.updated"]),
        (["document"], ["document.created", "document.updated"]),
        (["label", "document.created"], ["document.created"]),
        (["doc", "document.create"], []),
    ],
)
def test_a_webhook_is_sent_the_actions_that_it_wants(
    manager: Client, project: Project, receiver: Receiver, actions: list[str], expected: list[str]
) -> None:
    hook(manager, project, receiver.url, actions=actions)
    document = happen(manager, project)
    changed = manager.patch(f"/documents/{document['id']}", {"title": "New"}, if_match="1")
    assert changed.status_code == 200
    deliveries.dispatch()
    rows = Delivery.objects.order_by("id").values_list("event__action", flat=True)
    assert list(rows) == expected


def test_after_a_rotation_both_secrets_sign_for_a_day(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    rotated = manager.post(f"/webhooks/{hooked['id']}/rotate-secret").json()
    happen(manager, project)
    work()
    let_pass(timedelta(hours=25))
    happen(manager, project)
    work()
    first, second = receiver.messages
    assert first.headers["webhook-signature"].count("v1,") == 2
    assert first.verified(hooked["secret"]) == first.verified(rotated["secret"])
    assert second.verified(rotated["secret"])
    with pytest.raises(WebhookVerificationError):
        second.verified(hooked["secret"])


def test_what_was_erased_meanwhile_is_sent_to_nobody(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    document = happen(manager, project, "A secret title")
    deliveries.dispatch()
    Event.objects.filter(target_id=document["id"]).update(after={"erased": True})
    work()
    [message] = receiver.messages
    assert message.verified(hooked["secret"])["data"]["after"] == {"erased": True}


def test_what_receivers_answered_goes_with_the_document(
    manager: Client, project: Project, receiver: Receiver, hooked: Any
) -> None:
    receiver.status, receiver.body = 500, b"Cannot store: Ada lives in Turin."
    document = happen(manager, project)
    happen(manager, project)
    work()
    erase(manager, Document.objects.get(pk=document["id"]))
    rows = Delivery.objects.filter(event__action="document.created").order_by("id")
    assert [bool(delivery.answer) for delivery in rows] == [False, True]


# No way inside


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook",
        "https://10.0.0.1/hook",
        "https://[::1]/hook",
        "http://8.8.8.8/hook",
    ],
)
def test_an_address_that_became_private_is_not_sent_to(
    manager: Client, project: Project, url: str
) -> None:
    """As the address of a name does that is bound anew; here the row is, past the service."""
    hook(manager, project, PUBLIC)
    Webhook.objects.update(url=url)
    happen(manager, project)
    work()
    assert (only().error, only().status, only().answer) == ("address_refused", None, "")


def test_a_name_that_is_bound_anew_leads_nowhere(
    manager: Client, project: Project, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Public when the webhook is made, loopback when it is sent to; the port is the receiver's."""
    answers = [["93.184.216.34"], ["127.0.0.1"]]

    def resolve(host: str, port: int) -> list[str]:
        return answers.pop(0)

    def client() -> outbound.OutboundClient:
        return outbound.OutboundClient(resolve=resolve, cuts=True)

    monkeypatch.setattr(addresses, "client", client)
    monkeypatch.setattr("documents.deliveries.messages.client", client)
    port = receiver.place.partition(":")[2]
    hook(manager, project, f"https://rebound.example:{port}/hook")
    happen(manager, project)
    work()
    assert answers == []
    assert only().error == "address_refused"
    assert receiver.messages == []
