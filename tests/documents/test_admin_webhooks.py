"""Managers look after webhooks in the admin; nobody else sees them there."""

from __future__ import annotations

import pytest
from django.urls import reverse

from documents.models import Project, Role
from tests.events import log_of
from tests.factories import DeliveryFactory, WebhookFactory
from tests.staff import Staff, page

pytestmark = pytest.mark.django_db
HOOKS, DELIVERIES = "documents_webhook", "documents_delivery"


@pytest.fixture
def staff(project: Project) -> Staff:
    return Staff.of(project, Role.MANAGER)


def home(staff: Staff) -> str:
    shown: str = staff.get(reverse("admin:index")).content.decode()
    return shown


def test_webhooks_are_shown_without_what_is_secret(staff: Staff, project: Project) -> None:
    hook = WebhookFactory.create(
        project=project, url="https://8.8.8.8/hook?key=k3y", actions=["document"]
    )
    listed = staff.list_of(HOOKS)
    assert page(hook) in listed
    assert "k3y" not in listed
    shown = staff.page_of(hook)
    assert hook.secret not in shown
    assert "enabled" in shown
    assert f"?webhook={hook.pk}" in shown
    assert page(hook) in staff.list_of(HOOKS, "?q=8.8.8.8")
    assert page(hook) not in staff.list_of(HOOKS, "?q=9.9.9.9")
    assert staff.get(reverse(f"admin:{HOOKS}_add")).status_code == 403


def test_who_is_no_manager_sees_none(project: Project) -> None:
    hook = WebhookFactory.create(project=project)
    delivery = DeliveryFactory.create(webhook=hook)
    for staff in (
        Staff.of(project, Role.CURATOR),
        Staff.of(WebhookFactory.create().project, "manager"),
    ):
        for row, kind in ((hook, HOOKS), (delivery, DELIVERIES)):
            assert page(row) not in staff.list_of(kind)
            assert staff.get(page(row)).status_code == 404
            assert staff.press(hook, "disable").status_code == 404
    hook.refresh_from_db()
    assert hook.is_enabled


def test_a_webhook_is_disabled_and_enabled_by_buttons(staff: Staff, project: Project) -> None:
    hook = WebhookFactory.create(project=project)
    [message] = staff.step(hook, "disable")
    assert "disabled" in message
    hook.refresh_from_db()
    assert "disabled" in staff.page_of(hook)
    staff.step(hook, "enable")
    actions = [action for action, _ in log_of(hook.pk)]
    assert actions == ["webhook.disabled", "webhook.enabled"]
    stale = staff.step(hook, "disable")
    assert "changed after" in stale[0]


def test_what_fails_awaits_its_managers(staff: Staff, project: Project) -> None:
    hook = WebhookFactory.create(project=project)
    assert "<strong>0</strong> webhooks failing" in home(staff)
    hook.failing_since = hook.created_at
    hook.save()
    assert "<strong>1</strong> webhooks failing" in home(staff)
    assert "failing" in staff.list_of(HOOKS)


def test_deliveries_are_found_and_sent_again(staff: Staff, project: Project) -> None:
    hook = WebhookFactory.create(project=project)
    failed = DeliveryFactory.create(webhook=hook, answer="<b>No</b>")
    other = DeliveryFactory.create(webhook__project=project, state="delivered", error="")
    assert page(failed) in staff.list_of(DELIVERIES, f"?webhook={hook.pk}")
    assert page(other) not in staff.list_of(DELIVERIES, f"?webhook={hook.pk}")
    assert page(other) in staff.list_of(DELIVERIES, "?webhook=none")
    assert page(other) not in staff.list_of(DELIVERIES, "?state=failed")
    shown = staff.page_of(failed)
    assert "&lt;b&gt;No&lt;/b&gt;" in shown
    assert "document.created" in shown
    staff.step(failed, "redeliver")
    failed.refresh_from_db()
    assert failed.state == "pending"
    assert log_of(failed.pk) == [("webhook.redelivered", staff.user.pk)]
