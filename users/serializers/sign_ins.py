"""What goes in and out of sign-ins."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from users.emails import require_ascii
from users.models import LoginSession
from users.serializers.accounts import MAX_PASSWORD
from users.serializers.second_factors import MAX_CODE


@extend_schema_serializer(
    examples=[
        OpenApiExample("Sign in", {"email": "ada@example.org", "password": "correct horse battery"})
    ]
)
class SignInSerializer(StrictSerializer):
    email = serializers.CharField(max_length=254, validators=(require_ascii,))
    password = serializers.CharField(max_length=MAX_PASSWORD, trim_whitespace=False)
    code = serializers.CharField(
        max_length=MAX_CODE,
        required=False,
        allow_blank=True,
        help_text="Six digits of the app, or a recovery code, where there is a second factor.",
    )


@extend_schema_serializer(examples=[OpenApiExample("Stay signed in", {"refresh": "eyJhbGci…"})])
class RefreshSerializer(StrictSerializer):
    refresh = serializers.CharField(max_length=2000)


class TokenPairSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="Send it as `Authorization: Bearer …`.")
    refresh = serializers.CharField(help_text="Good once, for the next pair.")
    expires_in = serializers.IntegerField(help_text="Life of the access token in seconds.")


class DeviceSerializer(serializers.ModelSerializer[LoginSession]):
    current = serializers.SerializerMethodField(help_text="The sign-in of this very request.")

    class Meta:
        model = LoginSession
        fields = (
            "id",
            "kind",
            "method",
            "has_second_factor",
            "user_agent",
            "address",
            "created_at",
            "seen_at",
            "expires_at",
            "current",
        )

    def get_current(self, session: LoginSession) -> bool:
        """Return whether the request comes from this sign-in."""
        here = self.context["request"].user.session
        return here is not None and here.pk == session.pk
