"""Webhooks and their deliveries in the admin: how they fare; enabled, disabled, sent again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from config.admin import Awaiting, ColumnFilter, ListFilter, Step, badge, capped_count
from config.api.concurrency import Precondition
from documents.admin.in_project import InProjectAdmin, ProjectFilter
from documents.models import Delivery, DeliveryState, Webhook
from documents.permissions import projects_where
from documents.services import webhooks
from users.admin import user_of
from users.models import User

READ, CHANGE = "webhook.read", "webhook.change"


def _enable(actor: User, webhook: Webhook, precondition: Precondition) -> None:
    webhooks.enable_webhook(actor=actor, webhook=webhook, precondition=precondition)


def _disable(actor: User, webhook: Webhook, precondition: Precondition) -> None:
    webhooks.disable_webhook(actor=actor, webhook=webhook, precondition=precondition)


def _redeliver(actor: User, delivery: Delivery, precondition: Precondition) -> None:
    webhooks.redeliver(actor=actor, delivery=delivery, precondition=precondition)


@admin.register(Webhook)
class WebhookAdmin(InProjectAdmin):
    """For managers; they are made by the API, where their secret is shown."""

    list_display = ("__str__", "project", "status", "failing_since", "created_at")
    list_filter = (ProjectFilter,)
    list_select_related = ("project", "created_by")
    search_fields = ("url",)
    search_help_text = "Part of the address"
    shown_fields = (
        "url",
        "description",
        "project",
        "wanted",
        "status",
        "failing_since",
        "disabled_at",
        "disabled_reason",
        "deliveries",
        "created_by",
        "created_at",
        "id",
        "version",
    )
    steps = (
        Step(
            "disable",
            "Disable",
            "disabled; what happens meanwhile is sent once it is enabled.",
            CHANGE,
            _disable,
            lambda webhook: webhook.is_enabled,
        ),
        Step(
            "enable",
            "Enable",
            "enabled; what it missed is sent.",
            CHANGE,
            _enable,
            lambda webhook: not webhook.is_enabled,
            look="default",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        readable = projects_where(user_of(request), READ)
        rows = super().get_queryset(request).live().select_related(*self.list_select_related)
        return rows.filter(project__in=readable)

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(url__icontains=text)

    def awaiting(self, request: HttpRequest) -> list[Awaiting]:
        failing = self.get_queryset(request).exclude(failing_since=None)
        url = reverse("admin:documents_webhook_changelist")
        return [Awaiting(capped_count(failing), "webhooks failing", url)]

    @admin.display(description="state")
    def status(self, webhook: Webhook) -> str:
        if not webhook.is_enabled:
            return badge("disabled")
        return badge("failing" if webhook.failing_since else "enabled")

    @admin.display(description="events")
    def wanted(self, webhook: Webhook) -> str:
        return ", ".join(webhook.actions) or "all"

    @admin.display(description="deliveries")
    def deliveries(self, webhook: Webhook) -> str:
        address = reverse("admin:documents_delivery_changelist")
        return format_html('<a href="{}?webhook={}">Deliveries</a>', address, webhook.pk)


class WebhookFilter(ListFilter):
    """The deliveries of one webhook; its page leads here."""

    title = "webhook"
    parameter_name = "webhook"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        value = self.value()
        return [(value, "This one")] if value else []

    def value(self) -> str | None:
        """Return any webhook's id: the rows are scoped anyway."""
        try:
            return str(UUID(str(self.used_parameters.get("webhook"))))
        except ValueError:
            return None

    def keep(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        return rows.filter(webhook=value)


class DeliveryStateFilter(ColumnFilter):
    title = "state"
    parameter_name = "state"
    options = DeliveryState.choices


@admin.register(Delivery)
class DeliveryAdmin(InProjectAdmin):
    """Messages to webhooks, for managers."""

    list_display = ("type", "receiver", "status_of", "attempts", "status", "error", "created_at")
    list_filter = (WebhookFilter, DeliveryStateFilter, ProjectFilter)
    list_select_related = ("webhook", "event", "project")
    shown_fields = (
        "type",
        "receiver",
        "project",
        "status_of",
        "attempts",
        "attempted_at",
        "next_attempt_at",
        "status",
        "error",
        "duration",
        "answer",
        "created_at",
        "message_id",
        "id",
        "version",
    )
    steps = (
        Step(
            "redeliver",
            "Send again",
            "on its way again.",
            CHANGE,
            _redeliver,
            lambda delivery: delivery.webhook.is_enabled,
            look="default",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        readable = projects_where(user_of(request), READ)
        rows = super().get_queryset(request).select_related(*self.list_select_related)
        return rows.filter(project__in=readable)

    @admin.display(description="event")
    def type(self, delivery: Delivery) -> str:
        return str(delivery.event.action)

    @admin.display(description="webhook")
    def receiver(self, delivery: Delivery) -> str:
        return str(delivery.webhook)

    @admin.display(description="state")
    def status_of(self, delivery: Delivery) -> str:
        return badge(delivery.state)
