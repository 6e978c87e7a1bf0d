"""Members of projects."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.concurrency import if_match
from config.api.views import ListMixin, RetrieveMixin
from documents.models import Membership
from documents.permissions import require
from documents.serializers import MemberInput, MembershipSerializer, RoleInput, TransferInput
from documents.services import members
from documents.views.in_project import InProjectViewSet


class MembershipViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """Who is in a project, and in which role."""

    queryset = Membership.objects.none()
    serializer_class = MembershipSerializer
    input_serializers = {
        "create": MemberInput,
        "partial_update": RoleInput,
        "transfer": TransferInput,
    }
    requires = {
        "list": "member.read",
        "retrieve": "member.read",
        "create": "member.change",
        "partial_update": "member.change",
        "destroy": "member.leave",  # one's own; others' take member.change
        "transfer": "project.transfer",
    }
    tag = "members"

    def get_queryset(self) -> QuerySet[Any]:
        rows = Membership.objects.visible_to(self.user).select_related("user")
        return rows.filter(project=self.project()) if "project_id" in self.kwargs else rows

    def create(self, request: Request, project_id: UUID) -> Response:
        """Give a person with an account a role.

        Where e-mails are confirmed, only people you work with are found, by their confirmed e-mail;
        422 `unknown_person` for everybody else, account or not: invite them.
        """
        project = self.project()
        member = members.add_member(actor=self.user, project=project, **self.validated())
        return self.created(member, "member")

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Give a member another role; a project always has a manager."""
        membership, precondition = self.get_object(), if_match(request)
        role = self.validated().get("role", membership.role)
        changed = members.change_role(
            actor=self.user, membership=membership, precondition=precondition, role=role
        )
        return self.answer(changed)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """End one's own membership, or as a manager another's; what was annotated stays."""
        membership = self.get_object()
        if membership.user_id != self.user.pk:
            require(self.user, "member.change", membership.project_id)
        precondition = if_match(request)
        members.remove_member(actor=self.user, membership=membership, precondition=precondition)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def transfer(self, request: Request, project_id: UUID) -> Response:
        """Hand the project over: the member manages it, you keep another role or leave.

        422 `no_successor` unless it is another person of the project with an active account.
        """
        project = self.project()
        successor = members.transfer_project(actor=self.user, project=project, **self.validated())
        return self.answer(successor)

    def permit_repeat(self, project_id: UUID) -> None:
        """Let who has handed a project over be told so again, though they may not do it again."""
        if self.action != "transfer":
            super().permit_repeat(project_id)
