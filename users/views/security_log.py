"""The security log: sign-ins, failures, second factors, tokens, accounts, roles."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.views import ApiViewSet, ListMixin
from users import serializers
from users.filters import SecurityLogFilter
from users.models import Event, Scope, User


class SecurityLogViewSet(ListMixin, ApiViewSet):
    """What tells of sign-ins, accounts, tokens and roles.

    To be staff opens no more of it: it opens the admin, not other people's projects.
    """

    queryset = Event.objects.none()
    serializer_class = serializers.SecurityEventSerializer
    filterset_class = SecurityLogFilter
    orderings = {"at": "id"}
    default_ordering = "-at"
    scopes = {"list": Scope.ADMIN}
    tag = "security"

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Read what befell one's own account, and what happened in one's projects.

        Latest first. Superusers see everything, also the tries at accounts that are not there.
        """
        response: Response = super().list(request, *args, **kwargs)
        return response

    def get_queryset(self) -> QuerySet[Any]:
        return Event.objects.visible_to(cast("User", self.request.user)).security()
