"""What goes in and out of second factors."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from users.serializers.accounts import MAX_PASSWORD

MAX_CODE = 40


class SecondFactorSerializer(serializers.Serializer[Any]):
    enabled = serializers.BooleanField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    recovery_codes_left = serializers.IntegerField()


@extend_schema_serializer(
    examples=[OpenApiExample("Set one up", {"current_password": "correct horse battery"})]
)
class BeginSecondFactorSerializer(StrictSerializer):
    current_password = serializers.CharField(
        max_length=MAX_PASSWORD,
        trim_whitespace=False,
        source="password",
        required=False,
        help_text="Who has none, because they sign in elsewhere, has signed in just before.",
    )


class SecondFactorSetupSerializer(serializers.Serializer[Any]):
    secret = serializers.CharField(help_text="For apps that read no QR code. Shown once.")
    uri = serializers.CharField(help_text="`otpauth://…`, to be shown as a QR code. Shown once.")


@extend_schema_serializer(examples=[OpenApiExample("The app's code", {"code": "492039"})])
class SecondFactorCodeSerializer(StrictSerializer):
    code = serializers.CharField(max_length=MAX_CODE)


class RecoveryCodesSerializer(serializers.Serializer[Any]):
    recovery_codes = serializers.ListField(
        child=serializers.CharField(), help_text="Each is good once. Shown once."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Do without", {"current_password": "correct horse battery", "code": "492039"}
        )
    ]
)
class DisableSecondFactorSerializer(BeginSecondFactorSerializer):
    code = serializers.CharField(max_length=MAX_CODE)
