"""Who one is at OpenID Connect providers: link, list, unlink."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.throttling import address, count
from config.api.views import ListMixin
from users import serializers
from users.models import ExternalIdentity
from users.services import identities
from users.services.reauthentication import require_recent_sign_in
from users.views.accounts import Reauthenticating


class IdentityViewSet(ListMixin, Reauthenticating):
    """Who one is at providers, and signs in as; nobody changes one, so they have no version."""

    queryset = ExternalIdentity.objects.none()
    serializer_class = serializers.IdentitySerializer
    input_serializers = {"create": serializers.IdentityInput}
    unkept = frozenset({"authorization_url", "state"})
    is_versioned = False

    def get_queryset(self) -> QuerySet[Any]:
        return ExternalIdentity.objects.visible_to(self.user)

    @extend_schema(
        operation_id="users_me_identities_begin",
        responses={200: serializers.OidcDepartureSerializer},
    )
    def create(self, request: Request) -> Response:
        """Leave for a provider, to sign in there and link it; good for ten minutes.

        Who comes back sends `state` and `code` to `users/me/identities/confirm`.
        """
        count("credentials_by_address", address(request))
        departure = identities.depart(user=self.user, **self.reauthenticated())
        return Response(serializers.OidcDepartureSerializer(departure).data)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Unlink an identity: nobody signs in by it any longer. Takes a sign-in of ten minutes.

        409 `last_way_in` when the account has neither a password nor another provider.
        """
        identity = self.get_object()
        require_recent_sign_in(self.session)
        identities.unlink(user=self.user, identity=identity)
        return Response(status=status.HTTP_204_NO_CONTENT)


class IdentityLinkViewSet(Reauthenticating):
    """Come back from a provider."""

    serializer_class = serializers.IdentitySerializer
    input_serializers = {"confirm": serializers.OidcTokenSerializer}

    @extend_schema(
        operation_id="users_me_identities_confirm",
        responses={200: serializers.IdentitySerializer},
    )
    def confirm(self, request: Request) -> Response:
        """Link who one is at the provider, with the code that it gave, and sign in so from now on.

        401 `invalid_state` for what one did not begin oneself, 409 `identity_taken` for somebody
        who signs in to another account here.
        """
        count("credentials_by_address", address(request))
        identity = identities.arrive(user=self.user, **self.validated())
        return Response(self.represent(identity))
