"""Invitations to projects: made and revoked by managers, taken up by whoever has the link."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.concurrency import if_match
from config.api.throttling import address, count, may_be_mailed
from config.api.views import ApiViewSet, ListMixin, RetrieveMixin
from documents import serializers
from documents.filters import InvitationFilter
from documents.mails import count_invitation, invitation_link
from documents.models import Invitation
from documents.services import invitations, revocations
from documents.views.in_project import InProjectViewSet
from users.models import User
from users.permissions import SignInOnly
from users.serializers import StatusSerializer, UserSerializer
from users.views.registration import OpenViewSet


class InvitationViewSet(ListMixin, RetrieveMixin, InProjectViewSet):
    """Roles in a project that are offered by a link or a mail."""

    queryset = Invitation.objects.none()
    serializer_class = serializers.InvitationSerializer
    input_serializers = {"create": serializers.InvitationInput}
    filterset_class = InvitationFilter
    requires = {
        "list": "invitation.read",
        "retrieve": "invitation.read",
        "create": "invitation.change",
        "destroy": "invitation.change",
    }
    unkept = frozenset({"token", "url"})
    tag = "invitations"

    def get_queryset(self) -> QuerySet[Any]:
        rows = Invitation.objects.visible_to(self.user)
        rows = rows.select_related("invited_by", "accepted_by", "access_token")
        return rows.filter(project=self.project()) if "project_id" in self.kwargs else rows

    @extend_schema(responses={201: serializers.NewInvitationSerializer})
    def create(self, request: Request, project_id: UUID) -> Response:
        """Offer a role, by a link that is shown this once or by a mail to one address.

        Whoever has the link takes it up, once and before it expires. With an e-mail the link goes
        there and is shown to nobody else, `token` and `url` are null then; only where no mail is
        sent (the console prints it) they are shown. You have so many mailed in an hour, and so
        many go to one mailbox, whoever invites: 429 beyond.
        """
        project, asked = self.project(), self.validated()
        if "email" in asked:
            count_invitation(self.user, asked["email"])
        invitation, token = invitations.invite(actor=self.user, project=project, **asked)
        response = self.created(invitation, "invitation")
        url = token and invitation_link(token)
        response.data = {**response.data, "token": token, "url": url}
        return response

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Revoke an open invitation: its link is good for nothing, the row stays to be read."""
        invitation, precondition = self.get_object(), if_match(request)
        revocations.revoke_invitation(
            actor=self.user, invitation=invitation, precondition=precondition
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class AcceptanceViewSet(ApiViewSet):
    """Take an invitation up with the account that one is signed in to."""

    permission_classes = (IsAuthenticated, SignInOnly)
    serializer_class = serializers.MembershipSerializer
    input_serializers = {"create": serializers.TokenInput}
    tag = "invitations"

    def create(self, request: Request) -> Response:
        """Become a member in the role that is offered.

        404 `invitation_invalid` for what is unknown, used, revoked or expired; 403 `not_invited`
        when it was sent to another e-mail; 409 `already_member`, and it stays open.
        """
        count("credentials_by_address", address(request))
        user = cast("User", request.user)
        return self.created(invitations.accept(user=user, **self.validated()), "member")


class OfferViewSet(OpenViewSet):
    """What an invitation offers, and how somebody without an account takes it up."""

    input_serializers = {
        "preview": serializers.TokenInput,
        "register": serializers.InvitedInput,
    }
    tag = "invitations"

    @extend_schema(responses={200: serializers.OfferSerializer})
    def preview(self, request: Request) -> Response:
        """Read what is offered; 404 `invitation_invalid` for a link that is not good (any more)."""
        self.counted()
        offer = invitations.open_offer(**self.validated())
        return Response(serializers.OfferSerializer(offer).data)

    @extend_schema(responses={201: UserSerializer, 202: StatusSerializer})
    def register(self, request: Request) -> Response:
        """Make an account and become a member with it, where registration is not closed.

        An invitation that was mailed makes an account with its address, which counts as confirmed;
        409 `email_taken` says to sign in and accept. For one without an address give `email`:
        where e-mails are confirmed the answer is 202, and the link that is mailed goes on.
        """
        self.counted()
        asked = self.validated()
        user, email = invitations.register(**asked)
        if user is None:
            if may_be_mailed(email):
                invitations.mail_link(token=asked["token"], email=email)
            return self.told(email, "invitation_sent", status.HTTP_202_ACCEPTED)
        shown = UserSerializer(user).data
        return Response(shown, status.HTTP_201_CREATED, headers={"ETag": self.etag(user)})
