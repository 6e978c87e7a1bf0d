"""Sign in at an OpenID Connect provider, for front ends."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.throttling import address, count
from config.api.views import ApiViewSet
from users import serializers
from users.services import identity_providers, oidc


class OidcProvidersViewSet(ApiViewSet):
    """Where people may sign in."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = serializers.OidcProvidersSerializer
    tag = "auth"

    def retrieve(self, request: Request) -> Response:
        """List the providers at which people may sign in."""
        return Response(self.represent({"providers": identity_providers.providers()}))


class OidcDepartureViewSet(ApiViewSet):
    """Leave for a provider."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = serializers.OidcDepartureSerializer
    input_serializers = {"create": serializers.OidcAuthorizeSerializer}
    tag = "auth"

    @extend_schema(
        operation_id="auth_oidc_authorize", responses={200: serializers.OidcDepartureSerializer}
    )
    def create(self, request: Request) -> Response:
        """Begin to sign in at a provider; good for ten minutes."""
        count("credentials_by_address", address(request))
        return Response(self.represent(oidc.depart(**self.validated())))


class OidcTokenViewSet(ApiViewSet):
    """Come back from a provider."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = serializers.TokenPairSerializer
    input_serializers = {
        "create": serializers.OidcTokenSerializer,
        "second_factor": serializers.OidcSecondFactorSerializer,
    }
    tag = "auth"

    @extend_schema(operation_id="auth_token_oidc", responses={200: serializers.TokenPairSerializer})
    def create(self, request: Request) -> Response:
        """Sign in with the code that the provider gave, once.

        401 `second_factor_required` has a `challenge`, which is sent with the second factor's code.
        """
        pair = oidc.arrive(request=request._request, **self.validated())  # noqa: SLF001
        return Response(self.represent(pair))

    @extend_schema(
        operation_id="auth_token_oidc_second_factor",
        responses={200: serializers.TokenPairSerializer},
    )
    def second_factor(self, request: Request) -> Response:
        """Sign in with the second factor that was asked for, within five minutes."""
        inner = request._request  # noqa: SLF001
        pair = oidc.answer_challenge(request=inner, **self.validated())
        return Response(self.represent(pair))
