"""What nobody is signed in for: make an account, confirm an e-mail, set a forgotten password."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.throttling import address, count, may_be_mailed
from config.api.views import ApiViewSet
from users import serializers
from users.services import email_changes, known_addresses, passwords, registration


class OpenViewSet(ApiViewSet):
    """What these routes share: anybody reaches them, and tries are counted by address."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = serializers.StatusSerializer
    tag = "auth"

    def counted(self) -> HttpRequest:
        """Count the try; return the request as the throttle takes it."""
        request: HttpRequest = self.request._request  # noqa: SLF001
        count("credentials_by_address", address(request))
        return request

    def told(self, email: str, outcome: str, status_code: int = status.HTTP_200_OK) -> Response:
        """Answer what became of an e-mail."""
        answer = self.represent({"email": email, "status": outcome})
        return Response(answer, status=status_code)


class RegistrationViewSet(OpenViewSet):
    """Make an account, and confirm its e-mail."""

    input_serializers = {
        "create": serializers.RegisterSerializer,
        "verify": serializers.ConfirmationInput,
        "resend": serializers.EmailInput,
    }

    @extend_schema(responses={201: serializers.UserSerializer, 202: serializers.StatusSerializer})
    def create(self, request: Request) -> Response:
        """Make an account.

        Where e-mails are confirmed, 202 and a mail, for known addresses too. Elsewhere 201, and
        409 `email_taken` when the e-mail has an account, in any letter case.
        """
        self.counted()
        asked = self.validated()
        if settings.EMAIL_VERIFICATION:
            is_mailed = may_be_mailed(asked["email"])
            registration.request_account(**asked, is_mailed=is_mailed)
            return self.told(asked["email"], "verification_sent", status.HTTP_202_ACCEPTED)
        user = registration.register(**asked)
        shown = serializers.UserSerializer(user).data
        return Response(shown, status.HTTP_201_CREATED, headers={"ETag": self.etag(user)})

    @extend_schema(responses={200: serializers.StatusSerializer})
    def verify(self, request: Request) -> Response:
        """Confirm an e-mail with the token of the link that was sent there."""
        counted = self.counted()
        user = registration.verify_email(**self.validated(), address=address(counted))
        return self.told(user.email, "verified")

    @extend_schema(responses={202: serializers.StatusSerializer})
    def resend(self, request: Request) -> Response:
        """Have the link sent again; the answer is the same for every address."""
        self.counted()
        email = self.validated()["email"]
        if may_be_mailed(email):
            registration.resend_verification(email=email)
        return self.told(email, "verification_sent", status.HTTP_202_ACCEPTED)


class PasswordResetViewSet(OpenViewSet):
    """Set a password that was forgotten."""

    input_serializers = {
        "create": serializers.EmailInput,
        "confirm": serializers.PasswordResetInput,
    }

    @extend_schema(responses={202: serializers.StatusSerializer})
    def create(self, request: Request) -> Response:
        """Have a link mailed; the answer is the same for every address."""
        self.counted()
        email = self.validated()["email"]
        if may_be_mailed(email):
            passwords.ask_reset(email=email)
        return self.told(email, "reset_sent", status.HTTP_202_ACCEPTED)

    @extend_schema(responses={204: None})
    def confirm(self, request: Request) -> Response:
        """Set the password with the token of the link; every sign-in and access token ends."""
        counted = self.counted()
        passwords.reset(**self.validated(), address=address(counted))
        return Response(status=status.HTTP_204_NO_CONTENT)


class EmailChangeViewSet(OpenViewSet):
    """Confirm a new e-mail."""

    input_serializers = {"confirm": serializers.ConfirmationInput}

    @extend_schema(responses={200: serializers.StatusSerializer})
    def confirm(self, request: Request) -> Response:
        """Change one's e-mail with the token of the link that was sent to the new one."""
        self.counted()
        user = email_changes.confirm_change(**self.validated())
        return self.told(user.email, "changed")


class TrustedAddressViewSet(OpenViewSet):
    """Sign in from a new address while others guess at one's account."""

    input_serializers = {"create": serializers.ConfirmationInput}

    @extend_schema(responses={200: serializers.StatusSerializer})
    def create(self, request: Request) -> Response:
        """Make an address known as one's own with the token of the link that was mailed.

        It is mailed to whoever gave the right password (or code) at a new address and was answered
        429 for the wrong ones of others. From then on their tries there are counted on their own.
        """
        self.counted()
        user = known_addresses.trust(**self.validated())
        return self.told(user.email, "address_trusted")
