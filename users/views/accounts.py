"""Registration and one's own account."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.concurrency import if_match
from config.api.throttling import address, count
from config.api.views import ApiViewSet
from users import serializers
from users.models import User
from users.services import accounts


class RegistrationViewSet(ApiViewSet):
    """Make an account."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = serializers.UserSerializer
    input_serializers = {"create": serializers.RegisterSerializer}
    tag = "auth"

    def create(self, request: Request) -> Response:
        """Make an account. 409 `email_taken` when the e-mail has one, in any letter case."""
        count(request._request, "credentials_by_address", address(request))  # noqa: SLF001
        user = accounts.register(**self.validated())
        return self.answer(user, status.HTTP_201_CREATED)


class MeViewSet(ApiViewSet):
    """One's own account."""

    serializer_class = serializers.UserSerializer
    input_serializers = {"partial_update": serializers.ProfileSerializer}
    tag = "users"

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = User.objects.visible_to(self.request.user)
        return rows

    def get_object(self) -> Any:
        return self.get_queryset().get(pk=self.request.user.pk)

    def retrieve(self, request: Request) -> Response:
        """Read one's own account."""
        return self.answer(self.get_object())

    def partial_update(self, request: Request) -> Response:
        """Change one's own name."""
        precondition = if_match(request)
        user: Any = request.user
        changes = {"name": user.name} | self.validated()
        return self.answer(accounts.update_profile(user=user, precondition=precondition, **changes))
