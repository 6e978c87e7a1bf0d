"""What one is told, and has read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.filters import NotificationFilter
from annotations.models import Notification
from annotations.serializers import NotificationSerializer, ReadInput, UnreadSerializer
from annotations.services import notifications
from config.api.views import ListMixin
from documents.views.in_project import InProjectViewSet
from users.models import Scope


class NotificationViewSet(ListMixin, InProjectViewSet):
    """One's own notifications, of what one still sees; the newest first."""

    queryset = Notification.objects.none()
    serializer_class = NotificationSerializer
    input_serializers = {"read_all": ReadInput}
    filterset_class = NotificationFilter
    default_ordering = "-created_at"
    is_versioned = False
    requires = {"read": "notification.write"}
    scopes = {"read_all": Scope.WRITE}
    tag = "notifications"

    def get_queryset(self) -> QuerySet[Any]:
        rows = Notification.objects.visible_to(self.user)
        return rows.select_related("actor", "comment", "annotation_set")

    @extend_schema(responses=UnreadSerializer)
    def count(self, request: Request) -> Response:
        """Count what is new, for a badge."""
        told = {"unread": notifications.unread_count(self.user)}
        return Response(UnreadSerializer(told).data)

    @extend_schema(request=None)
    def read(self, request: Request, pk: UUID) -> Response:
        """Mark one as read."""
        read = notifications.mark_read(notification=self.get_object())
        return Response(self.represent(read))

    @extend_schema(operation_id="users_me_notifications_read_all", responses=UnreadSerializer)
    def read_all(self, request: Request) -> Response:
        """Mark all as read that are not newer than one which you have seen."""
        left = notifications.mark_all_read(person=self.user, **self.validated())
        return Response(UnreadSerializer(left).data)
