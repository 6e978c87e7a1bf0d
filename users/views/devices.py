"""Where one is signed in, and how to end that."""

from __future__ import annotations

from typing import Any, ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.throttling import address
from config.api.views import ApiViewSet, ListMixin
from users import serializers
from users.models import LoginSession, User
from users.permissions import SignInOnly
from users.services import sign_ins


class DeviceViewSet(ListMixin, ApiViewSet):
    """One's own sign-ins that still hold, to the API and to the admin.

    They have no version, hence need no If-Match: nobody changes one, and ending it twice ends it.
    """

    queryset = LoginSession.objects.none()
    permission_classes = (IsAuthenticated, SignInOnly)
    serializer_class = serializers.DeviceSerializer
    is_versioned = False
    tag = "users"

    def get_queryset(self) -> QuerySet[Any]:
        user = cast("User", self.request.user)
        return LoginSession.objects.visible_to(user).live()

    def destroy(self, request: Request, pk: UUID) -> Response:
        """End a sign-in: its tokens, or its session of the admin, end at once."""
        session = self.get_object()
        sign_ins.end_session(actor=cast("User", request.user), session=session)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SignOutViewSet(ApiViewSet):
    """End the sign-in that the access token belongs to, or all of one's sign-ins."""

    permission_classes = (IsAuthenticated, SignInOnly)
    needs_second_factor: ClassVar[bool] = False
    serializer_class = serializers.UserSerializer
    tag = "auth"

    @extend_schema(request=None, responses={204: None})
    def create(self, request: Request) -> Response:
        """Sign out: every token of this sign-in ends at once."""
        user: Any = request.user
        sign_ins.end_session(actor=user, session=user.session)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={204: None})
    def everywhere(self, request: Request) -> Response:
        """Sign out everywhere: every sign-in of one's own ends at once; access tokens stay.

        Links that were mailed before end, too, and only the address at hand stays known as yours.
        """
        user: Any = request.user
        sign_ins.end_all_sessions(actor=user, user=user, address=address(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
