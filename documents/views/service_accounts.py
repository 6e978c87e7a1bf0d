"""Service accounts of projects, and their tokens."""

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
from config.api.views import ListMixin, RetrieveMixin
from documents.models import Membership
from documents.permissions import RolePermission
from documents.serializers import ServiceAccountInput, ServiceAccountSerializer
from documents.services import service_accounts
from documents.views.in_project import InProjectViewSet
from users.filters import AccessTokenFilter
from users.models import AccessToken, User
from users.permissions import SignInOnly
from users.serializers import (
    AccessTokenSerializer,
    NewAccessTokenSerializer,
    ServiceTokenInput,
)
from users.views.access_tokens import shown_once


def service_accounts_seen_by(user: User) -> QuerySet[Any]:
    """Return the memberships that are service accounts', as far as somebody sees them."""
    rows: QuerySet[Any] = Membership.objects.visible_to(user)
    return rows.filter(user__is_service=True).select_related("user")


class ServiceAccountViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """Accounts of programs: they belong to a project, not to a person, and cannot sign in."""

    queryset = Membership.objects.none()
    serializer_class = ServiceAccountSerializer
    input_serializers = {"create": ServiceAccountInput, "partial_update": ServiceAccountInput}
    requires = {
        "list": "service_account.read",
        "retrieve": "service_account.read",
        "create": "service_account.change",
        "partial_update": "service_account.change",
        "destroy": "service_account.change",
    }
    tag = "service accounts"

    def get_queryset(self) -> QuerySet[Any]:
        rows = service_accounts_seen_by(self.user)
        return rows.filter(project=self.project()) if "project_id" in self.kwargs else rows

    def create(self, request: Request, project_id: UUID) -> Response:
        """Make an account for a program, with a role in this project alone."""
        project = self.project()
        account = service_accounts.create_service_account(
            actor=self.user, project=project, **self.validated()
        )
        return self.created(account, "service-account")

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Rename a service account, or give it another role."""
        account, precondition = self.get_object(), if_match(request)
        changed = service_accounts.update_service_account(
            actor=self.user, account=account, precondition=precondition, changes=self.validated()
        )
        return self.answer(changed)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Close a service account for good: its tokens end at once, its annotations stay."""
        account, precondition = self.get_object(), if_match(request)
        service_accounts.close_service_account(
            actor=self.user, account=account, precondition=precondition
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class ServiceTokenViewSet(ListMixin, InProjectViewSet):
    """The access tokens of a service account; each is good in its project alone."""

    permission_classes = (IsAuthenticated, SignInOnly, RolePermission)
    queryset = AccessToken.objects.none()
    serializer_class = AccessTokenSerializer
    input_serializers = {"create": ServiceTokenInput}
    filterset_class = AccessTokenFilter
    orderings = {"created_at": "id", "name": "name"}
    requires = {"list": "service_account.read", "create": "service_account.change"}
    unkept = frozenset({"token"})
    tag = "service accounts"

    def account(self) -> Membership:
        """Return the account in the address; 404 when unseen, 403 when not allowed."""
        rows = service_accounts_seen_by(self.user)
        account: Membership = self.allowed(rows, "service_account_id")
        return account

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = AccessToken.objects.visible_to(self.user)
        return rows.filter(user=self.account().user_id)

    @extend_schema(responses={201: NewAccessTokenSerializer})
    def create(self, request: Request, service_account_id: UUID) -> Response:
        """Make a token; `token` is shown here alone."""
        account = self.account()
        made = service_accounts.create_token(actor=self.user, account=account, **self.validated())
        return shown_once(self, *made)
