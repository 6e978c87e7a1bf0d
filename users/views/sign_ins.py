"""Sign in and stay signed in."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.throttling import address, count
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

    @extend_schema(responses={200: serializers.TokenPairSerializer})
    def create(self, request: Request) -> Response:
        """Sign in: an access token for ten minutes and a refresh token for the next pair.

        401 `second_factor_required` when the password is right and `code` is missing.
        """
        pair = sign_ins.sign_in(request=request._request, **self.validated())  # noqa: SLF001
        return Response(self.represent(pair))

    @extend_schema(operation_id="auth_token_refresh")
    def refresh(self, request: Request) -> Response:
        """Exchange a refresh token, once, for a new pair; a second use ends the sign-in."""
        count("credentials_by_address", address(request))
        return Response(self.represent(sign_ins.refresh(token=self.validated()["refresh"])))
