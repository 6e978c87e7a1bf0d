"""What goes in and out of accounts."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from users.models import User

MAX_PASSWORD = 256


class UserSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "email", "name", "is_staff", "version", "created_at", "updated_at")


class PersonSerializer(serializers.ModelSerializer[User]):
    """What others see of a person."""

    class Meta:
        model = User
        fields = ("id", "email", "name")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A new account",
            {"email": "ada@example.org", "password": "correct horse battery", "name": "Ada"},
        )
    ]
)
class RegisterSerializer(StrictSerializer):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=MAX_PASSWORD, trim_whitespace=False)
    name = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hold the password against the validators, knowing e-mail and name."""
        person = User(email=attrs["email"], name=attrs["name"])
        try:
            validate_password(attrs["password"], person)
        except ValidationError as error:
            raise serializers.ValidationError({"password": error.messages}) from error
        return attrs


@extend_schema_serializer(examples=[OpenApiExample("A new name", {"name": "Ada Lovelace"})])
class ProfileSerializer(StrictSerializer):
    name = serializers.CharField(max_length=200, allow_blank=True)
