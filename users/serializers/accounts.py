"""What goes in and out of accounts."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from users import passwords
from users.emails import require_ascii
from users.models import User

MAX_PASSWORD = 256


class UserSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "email_verified_at",
            "name",
            "is_staff",
            "is_service",
            "version",
            "created_at",
            "updated_at",
        )


class PersonSerializer(serializers.ModelSerializer[User]):
    """What others see of a person."""

    class Meta:
        model = User
        fields = ("id", "email", "name", "is_service")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A new account",
            {"email": "ada@example.org", "password": "correct horse battery", "name": "Ada"},
        )
    ]
)
class RegisterSerializer(StrictSerializer):
    email = serializers.EmailField(max_length=254, validators=(require_ascii,))
    password = serializers.CharField(max_length=MAX_PASSWORD, trim_whitespace=False)
    name = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hold the password against the validators, knowing e-mail and name."""
        person = User(email=attrs["email"], name=attrs["name"])
        try:
            passwords.validate(attrs["password"], person)
        except ValidationError as error:
            raise serializers.ValidationError({"password": error.messages}) from error
        return attrs


@extend_schema_serializer(examples=[OpenApiExample("A new name", {"name": "Ada Lovelace"})])
class ProfileSerializer(StrictSerializer):
    name = serializers.CharField(max_length=200, allow_blank=True)


class StatusSerializer(serializers.Serializer[Any]):
    """What became of an e-mail; the same whether or not anybody has it."""

    email = serializers.EmailField()
    status = serializers.CharField()


@extend_schema_serializer(examples=[OpenApiExample("Mail me", {"email": "ada@example.org"})])
class EmailInput(StrictSerializer):
    email = serializers.EmailField(max_length=254, validators=(require_ascii,))


@extend_schema_serializer(
    examples=[OpenApiExample("From the link in a mail", {"token": "WyIwMTkz…"})]
)
class ConfirmationInput(StrictSerializer):
    token = serializers.CharField(max_length=2000)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A new password", {"token": "WyIwMTkz…", "password": "correct horse battery"}
        )
    ]
)
class PasswordResetInput(StrictSerializer):
    token = serializers.CharField(max_length=2000)
    password = serializers.CharField(max_length=MAX_PASSWORD, trim_whitespace=False)


@extend_schema_serializer(
    examples=[OpenApiExample("Sure", {"current_password": "correct horse battery"})]
)
class ReauthenticationInput(StrictSerializer):
    current_password = serializers.CharField(
        max_length=MAX_PASSWORD,
        trim_whitespace=False,
        required=False,
        help_text="Needed by all but those who have none, who sign in anew instead.",
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A new password",
            {"current_password": "correct horse battery", "password": "staple the horse"},
        )
    ]
)
class PasswordChangeInput(ReauthenticationInput):
    password = serializers.CharField(max_length=MAX_PASSWORD, trim_whitespace=False)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A new e-mail",
            {"current_password": "correct horse battery", "email": "ada@example.com"},
        )
    ]
)
class EmailChangeInput(ReauthenticationInput):
    email = serializers.EmailField(max_length=254, validators=(require_ascii,))
