"""What goes in and out of sign-ins."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from users.serializers.accounts import MAX_PASSWORD


@extend_schema_serializer(
    examples=[
        OpenApiExample("Sign in", {"email": "ada@example.org", "password": "correct horse battery"})
    ]
)
class SignInSerializer(StrictSerializer):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=MAX_PASSWORD, trim_whitespace=False)


@extend_schema_serializer(examples=[OpenApiExample("Stay signed in", {"refresh": "eyJhbGci…"})])
class RefreshSerializer(StrictSerializer):
    refresh = serializers.CharField(max_length=2000)


class TokenPairSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="Send it as `Authorization: Bearer …`.")
    refresh = serializers.CharField(help_text="Good once, for the next pair.")
    expires_in = serializers.IntegerField(help_text="Life of the access token in seconds.")
