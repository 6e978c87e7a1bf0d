"""Webhooks: where a project's events are sent, and how each sending went."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.concurrency import if_match
from config.api.views import ListMixin, RetrieveMixin
from documents import serializers
from documents.filters import DeliveryFilter
from documents.models import Delivery, Webhook
from documents.services import webhooks
from documents.views.in_project import InProjectViewSet


class WebhookViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """Addresses that are sent a project's events, signed after the Standard Webhooks spec."""

    queryset = Webhook.objects.none()
    serializer_class = serializers.WebhookSerializer
    input_serializers = {
        "create": serializers.WebhookInput,
        "partial_update": serializers.WebhookInput,
        "replay": serializers.ReplayInput,
    }
    requires = {
        "list": "webhook.read",
        "retrieve": "webhook.read",
        "create": "webhook.change",
        "partial_update": "webhook.change",
        "destroy": "webhook.change",
        "rotate_secret": "webhook.change",
        "test": "webhook.change",
        "enable": "webhook.change",
        "disable": "webhook.change",
        "replay": "webhook.change",
    }
    unkept = frozenset({"secret"})
    tag = "webhooks"

    def get_queryset(self) -> QuerySet[Any]:
        rows = Webhook.objects.visible_to(self.user).live().select_related("created_by")
        return rows.filter(project=self.project()) if "project_id" in self.kwargs else rows

    @extend_schema(responses={201: serializers.NewWebhookSerializer})
    def create(self, request: Request, project_id: UUID) -> Response:
        """Send the project's events to an address from now on; `secret` is shown here alone.

        What only managers may see, such as invitations, is sent to nobody. A message is JSON:
        `type` (the event's action), `timestamp` and `data` (the event). Any 2xx within 15 s takes
        it; else it is sent again over three days. 410 disables the webhook, and so do five days
        of failures. Redirects are failures.
        """
        project = self.project()
        webhook, secret = webhooks.create_webhook(
            actor=self.user, project=project, **self.validated()
        )
        response = self.created(webhook, "webhook")
        response.data = {**response.data, "secret": secret}
        return response

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change the address, the description or which events are sent."""
        webhook, precondition = self.get_object(), if_match(request)
        changed = webhooks.update_webhook(
            actor=self.user, webhook=webhook, precondition=precondition, changes=self.validated()
        )
        return self.answer(changed)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Send nothing more there, for good."""
        webhook, precondition = self.get_object(), if_match(request)
        webhooks.delete_webhook(actor=self.user, webhook=webhook, precondition=precondition)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={200: serializers.NewWebhookSerializer})
    def rotate_secret(self, request: Request, pk: UUID) -> Response:
        """Sign with a new secret, shown here alone; the former one signs too for a day."""
        webhook, secret = webhooks.rotate_secret(actor=self.user, webhook=self.get_object())
        response = self.answer(webhook)
        response.data = {**response.data, "secret": secret}
        return response

    @extend_schema(request=None, responses={202: serializers.DeliverySerializer})
    def test(self, request: Request, pk: UUID) -> Response:
        """Send a message of the type `webhook.test` to this webhook alone."""
        delivery = webhooks.send_test(actor=self.user, webhook=self.get_object())
        shown = serializers.DeliverySerializer(delivery).data
        return Response(shown, status.HTTP_202_ACCEPTED, headers={"ETag": self.etag(delivery)})

    @extend_schema(request=None)
    def enable(self, request: Request, pk: UUID) -> Response:
        """Go on where the webhook was disabled: what it missed is sent."""
        return self.answer(webhooks.enable_webhook(actor=self.user, webhook=self.get_object()))

    @extend_schema(request=None)
    def disable(self, request: Request, pk: UUID) -> Response:
        """Send nothing until it is enabled; nothing is lost meanwhile."""
        return self.answer(webhooks.disable_webhook(actor=self.user, webhook=self.get_object()))

    @extend_schema(responses={202: serializers.WebhookSerializer})
    def replay(self, request: Request, pk: UUID) -> Response:
        """Send again what happened since a time, or since a cursor of the change feed.

        In order and in new deliveries, each with the `webhook-id` that it had. A few events from
        shortly before may be among it.
        """
        webhook = self.get_object()
        replayed = webhooks.replay(actor=self.user, webhook=webhook, **self.validated())
        return self.answer(replayed, status.HTTP_202_ACCEPTED)


class DeliveryViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """Messages to a webhook; ended ones are kept for a month."""

    queryset = Delivery.objects.none()
    serializer_class = serializers.DeliverySerializer
    filterset_class = DeliveryFilter
    requires = {
        "list": "webhook.read",
        "retrieve": "webhook.read",
        "redeliver": "webhook.change",
    }
    tag = "webhooks"

    def get_queryset(self) -> QuerySet[Any]:
        rows = Delivery.objects.visible_to(self.user).select_related("event", "webhook")
        if "webhook_id" not in self.kwargs:
            return rows
        webhook = self.allowed(Webhook.objects.visible_to(self.user).live(), "webhook_id")
        return rows.filter(webhook=webhook)

    @extend_schema(request=None, responses={202: serializers.DeliverySerializer})
    def redeliver(self, request: Request, pk: UUID) -> Response:
        """Send it again at once, however it ended."""
        delivery = webhooks.redeliver(actor=self.user, delivery=self.get_object())
        return self.answer(delivery, status.HTTP_202_ACCEPTED)
