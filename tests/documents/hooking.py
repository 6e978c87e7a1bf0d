"""Webhooks as tests make them, and time that passes for their rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from documents import deliveries
from documents.models import Delivery, Project, Webhook
from tests.client import Client
from tests.documents.receiving import Receiver

PUBLIC = "https://8.8.8.8/hook"  # is asked by no test: it is made and never sent to
ELSEWHERE = "https://1.1.1.1/hook"


def hook(manager: Client, project: Project, url: str = PUBLIC, **members: Any) -> Any:
    """Make a webhook over HTTP and return its JSON, the secret included."""
    response = manager.post(f"/projects/{project.pk}/webhooks", {"url": url} | members)
    assert response.status_code == 201, response.content
    return response.json()


def happen(manager: Client, project: Project, title: str = "A letter") -> Any:
    """Have something happen in a project: a document is made from text; return its JSON."""
    content = {"text": "Ada lives in Turin.", "title": title}
    response = manager.post(f"/projects/{project.pk}/documents", content)
    assert response.status_code == 201, response.content
    return response.json()


def work() -> list[Any]:
    """Do what beat calls for; return the webhooks that were disabled over it."""
    deliveries.dispatch()
    return deliveries.send_due()


def told(receiver: Receiver, secret: str) -> list[str]:
    """Return the types of the messages that came, once they are verified."""
    return [message.verified(secret)["type"] for message in receiver.messages]


def let_pass(time: timedelta) -> None:
    """Have it be that much later for all webhooks and deliveries."""
    for delivery in Delivery.objects.all():
        moved = {
            name: getattr(delivery, name) - time
            for name in ("created_at", "next_attempt_at", "lease_expires_at")
            if getattr(delivery, name)
        }
        Delivery.objects.filter(pk=delivery.pk).update(**moved)
    for webhook in Webhook.objects.all():
        moved = {
            name: getattr(webhook, name) - time
            for name in ("looked_at", "failing_since", "former_secret_until")
            if getattr(webhook, name)
        }
        Webhook.objects.filter(pk=webhook.pk).update(**moved)


def the(made: Any) -> Webhook:
    """Return the row of a webhook's JSON, as it is now."""
    found: Webhook = Webhook.objects.get(pk=made["id"])
    return found


def waits(delivery: Delivery) -> float:
    """Return in how many seconds a delivery is tried next."""
    assert delivery.next_attempt_at
    return (delivery.next_attempt_at - timezone.now()).total_seconds()


def only() -> Delivery:
    """Return the only delivery that there is, as it is now."""
    found: Delivery = Delivery.objects.select_related("event", "webhook").get()
    return found
