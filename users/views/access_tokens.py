"""Access tokens: made once by who signed in, listed, renamed, revoked; no token makes another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.concurrency import if_match
from config.api.views import ApiViewSet, ListMixin, RetrieveMixin
from users import serializers
from users.filters import AccessTokenFilter
from users.models import AccessToken
from users.permissions import SignInOnly
from users.services import access_tokens


class AccessTokenViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """Tokens for scripts: one's own, and those of the service accounts that one manages."""

    permission_classes = (IsAuthenticated, SignInOnly)
    queryset = AccessToken.objects.none()
    serializer_class = serializers.AccessTokenSerializer
    input_serializers = {
        "create": serializers.AccessTokenInput,
        "partial_update": serializers.AccessTokenChanges,
    }
    filterset_class = AccessTokenFilter
    orderings = {"created_at": "id", "name": "name"}
    unkept = frozenset({"token"})
    tag = "access tokens"

    def get_queryset(self) -> QuerySet[Any]:
        user: Any = self.request.user
        rows: QuerySet[Any] = AccessToken.objects.visible_to(user)
        return rows.filter(user=user) if self.action == "list" else rows

    @extend_schema(responses={201: serializers.NewAccessTokenSerializer})
    def create(self, request: Request) -> Response:
        """Make a token; `token` is shown here alone. It never does more than you may."""
        user: Any = request.user
        made = access_tokens.create_token(actor=user, user=user, **self.validated())
        return shown_once(self, *made)

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Rename a token."""
        token, precondition = self.get_object(), if_match(request)
        changes = {"name": token.name} | self.validated()
        actor: Any = request.user
        changed = access_tokens.rename_token(
            actor=actor, token=token, precondition=precondition, **changes
        )
        return self.answer(changed)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Revoke a token: it is refused from the next request on, and stays listed as revoked."""
        token, precondition = self.get_object(), if_match(request)
        actor: Any = request.user
        access_tokens.revoke_token(actor=actor, token=token, precondition=precondition)
        return Response(status=status.HTTP_204_NO_CONTENT)


def shown_once(view: ApiViewSet, token: AccessToken, text: str) -> Response:
    """Answer with a new token and, this once, its text; the view's `unkept` must name `token`."""
    response = view.created(token, "access-token")
    response.data = {**response.data, "token": text}
    return response
