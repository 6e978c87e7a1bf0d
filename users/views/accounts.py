"""One's own account."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.concurrency import if_match
from config.api.throttling import address, may_be_mailed
from config.api.views import ApiViewSet
from users import serializers
from users.models import LoginSession, User
from users.permissions import SignInOnly
from users.services import accounts, email_changes, passwords
from users.services.reauthentication import reauthenticate


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


class Reauthenticating(ApiViewSet):
    """What these routes share: they take a sign-in, and the password once more.

    Who has no password signs in anew instead; 403 `recent_sign_in_required` when that was long ago.
    """

    permission_classes = (IsAuthenticated, SignInOnly)
    tag = "users"

    @property
    def user(self) -> User:
        """Return who asks."""
        return cast("User", self.request.user)

    @property
    def session(self) -> LoginSession:
        """Return the sign-in at hand."""
        return cast("LoginSession", self.user.session)

    def reauthenticated(self) -> dict[str, Any]:
        """Return what is asked for once the password has shown who asks."""
        asked = self.validated()
        reauthenticate(
            request=self.request._request,  # noqa: SLF001
            user=self.user,
            session=self.session,
            password=asked.pop("current_password", None),
        )
        return asked


class PasswordChangeViewSet(Reauthenticating):
    """One's own password."""

    serializer_class = serializers.TokenPairSerializer
    input_serializers = {"create": serializers.PasswordChangeInput}
    unkept = frozenset({"access", "refresh"})

    @extend_schema(responses={200: serializers.TokenPairSerializer})
    def create(self, request: Request) -> Response:
        """Set a new password: every sign-in ends, and every access token (`pst_…`) is revoked.

        The answer's tokens take the place of this sign-in's; scripts need new ones.
        """
        asked = self.reauthenticated()
        here = address(request)
        pair = passwords.change(user=self.user, session=self.session, address=here, **asked)
        return Response(self.represent(pair))


class OwnAccountViewSet(Reauthenticating):
    """One's own account and e-mail."""

    serializer_class = serializers.UserSerializer
    input_serializers = {
        "change_email": serializers.EmailChangeInput,
        "deactivate": serializers.ReauthenticationInput,
    }

    @extend_schema(responses={200: serializers.UserSerializer, 202: serializers.StatusSerializer})
    def change_email(self, request: Request) -> Response:
        """Mail the new address a link that confirms it (202); without mail, change it at once."""
        email = self.reauthenticated()["email"]
        if not settings.EMAIL_VERIFICATION:
            return self.answer(email_changes.change(user=self.user, email=email))
        is_mailed = may_be_mailed(email)
        email_changes.ask_change(user=self.user, email=email, is_mailed=is_mailed)
        answer = {"email": email, "status": "verification_sent"}
        return Response(answer, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={204: None})
    def deactivate(self, request: Request) -> Response:
        """Shut one's own account: everything ends at once; an administrator may open it again.

        409 `last_manager` while a project would be left without a manager; `projects` names each.
        """
        self.reauthenticated()
        accounts.deactivate_own(user=self.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
