"""One's own second factor: set an app up, renew the recovery codes, do without."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.views import ApiViewSet
from users import serializers
from users.models import User
from users.permissions import SignInOnly
from users.services import second_factors


class OwnSecondFactor(ApiViewSet):
    """What these routes share: sign-ins alone reach them, also those that must set one up."""

    permission_classes = (IsAuthenticated, SignInOnly)
    needs_second_factor: ClassVar[bool] = False
    tag = "users"

    @property
    def user(self) -> User:
        """Return who asks."""
        return cast("User", self.request.user)

    @property
    def inner(self) -> HttpRequest:
        """Return Django's request, by which tries are counted."""
        return self.request._request  # noqa: SLF001

    def shown_again(self) -> dict[str, Any]:
        """Return by what somebody shows again who they are."""
        whose = {"request": self.inner, "user": self.user, "session": self.user.session}
        return whose | {"password": None} | self.validated()


class SecondFactorViewSet(OwnSecondFactor):
    """Whether there is one, and the beginning of one."""

    serializer_class = serializers.SecondFactorSerializer
    input_serializers = {"create": serializers.BeginSecondFactorSerializer}
    unkept = frozenset({"secret", "uri"})

    def get_serializer_class(self) -> Any:
        if self.action == "create":
            return serializers.SecondFactorSetupSerializer
        return self.serializer_class

    @extend_schema(operation_id="users_me_second_factor_retrieve")
    def retrieve(self, request: Request) -> Response:
        """Read whether one's own account has a second factor."""
        return Response(self.represent(second_factors.status_of(self.user)))

    @extend_schema(responses={200: serializers.SecondFactorSetupSerializer})
    def create(self, request: Request) -> Response:
        """Begin to set an app up; it counts once a code of it confirms it."""
        return Response(self.represent(second_factors.begin(**self.shown_again())))


class RecoveryCodesViewSet(OwnSecondFactor):
    """Codes for whoever has lost the app, shown once."""

    serializer_class = serializers.RecoveryCodesSerializer
    input_serializers = {
        "confirm": serializers.SecondFactorCodeSerializer,
        "renew": serializers.SecondFactorCodeSerializer,
    }
    unkept = frozenset({"recovery_codes"})

    def confirm(self, request: Request) -> Response:
        """Enable the second factor with the app's first code; answers ten recovery codes."""
        session: Any = self.user.session
        codes = second_factors.confirm(user=self.user, session=session, **self.validated())
        return Response(self.represent({"recovery_codes": codes}))

    def renew(self, request: Request) -> Response:
        """Get ten new recovery codes in the place of all others; takes a code."""
        given = self.validated()
        codes = second_factors.renew_recovery_codes(request=self.inner, user=self.user, **given)
        return Response(self.represent({"recovery_codes": codes}))


class NoSecondFactorViewSet(OwnSecondFactor):
    """The end of a second factor."""

    serializer_class = serializers.SecondFactorSerializer
    input_serializers = {"create": serializers.DisableSecondFactorSerializer}

    @extend_schema(responses={204: None})
    def create(self, request: Request) -> Response:
        """Sign in without a second factor from now on; takes the password and a code."""
        second_factors.disable(**self.shown_again())
        return Response(status=status.HTTP_204_NO_CONTENT)
