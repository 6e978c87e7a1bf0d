"""Registration, sign-in and one's own account."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.concurrency import if_match
from config.api.throttling import address, count, count_sign_in
from config.api.views import ApiViewSet
from users import serializers
from users.models import User
from users.services import accounts, sign_ins


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


class TokenViewSet(ApiViewSet):
    """Sign in and stay signed in."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = serializers.TokenPairSerializer
    input_serializers = {
        "create": serializers.SignInSerializer,
        "refresh": serializers.RefreshSerializer,
    }
    tag = "auth"

    def create(self, request: Request) -> Response:
        """Sign in: an access token for ten minutes and a refresh token for the next pair."""
        credentials = self.validated()
        count_sign_in(request._request, credentials["email"])  # noqa: SLF001
        pair = sign_ins.sign_in(request=request._request, **credentials)  # noqa: SLF001
        return Response(self.represent(pair))

    @extend_schema(operation_id="auth_token_refresh")
    def refresh(self, request: Request) -> Response:
        """Exchange a refresh token, once, for a new pair; a second use ends the sign-in."""
        count(request._request, "credentials_by_address", address(request))  # noqa: SLF001
        return Response(self.represent(sign_ins.refresh(token=self.validated()["refresh"])))


class SignOutViewSet(ApiViewSet):
    """End the sign-in that the access token belongs to."""

    serializer_class = serializers.UserSerializer
    tag = "auth"

    @extend_schema(request=None, responses={204: None})
    def create(self, request: Request) -> Response:
        """Sign out: every token of this sign-in ends at once."""
        token: Any = request.auth
        sign_ins.sign_out(session_id=token["sid"])
        return Response(status=status.HTTP_204_NO_CONTENT)


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
