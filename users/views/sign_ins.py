"""Sign in, stay signed in, sign out."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.throttling import address, count, count_sign_in
from config.api.views import ApiViewSet
from users import serializers
from users.services import sign_ins


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
