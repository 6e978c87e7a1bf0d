"""What goes in and out of sign-ins at OpenID Connect providers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from users.models import ExternalIdentity
from users.serializers.accounts import ReauthenticationInput
from users.serializers.second_factors import MAX_CODE
from users.services.identities import provider_at


class OidcProviderSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField(help_text="What people call it.")


class OidcProvidersSerializer(serializers.Serializer[Any]):
    providers = OidcProviderSerializer(many=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Leave for a provider",
            {"provider": "acme", "redirect_uri": "https://front.postil.example/signed-in"},
        )
    ]
)
class OidcAuthorizeSerializer(StrictSerializer):
    provider = serializers.CharField(max_length=40)
    redirect_uri = serializers.CharField(
        max_length=500, help_text="One of the site's OIDC_REDIRECT_URIS."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Leave for a provider",
            {
                "provider": "acme",
                "redirect_uri": "https://front.postil.example/linked",
                "current_password": "correct horse battery",
            },
        )
    ]
)
class IdentityInput(ReauthenticationInput):
    provider = serializers.CharField(max_length=40)
    redirect_uri = serializers.CharField(
        max_length=500, help_text="One of the site's OIDC_REDIRECT_URIS."
    )


class IdentitySerializer(serializers.ModelSerializer[ExternalIdentity]):
    provider = serializers.SerializerMethodField(
        help_text="Its name in `GET auth/oidc`; null where people no longer sign in there."
    )

    class Meta:
        model = ExternalIdentity
        fields = ("id", "provider", "issuer", "subject", "created_at")

    def get_provider(self, identity: ExternalIdentity) -> str | None:
        """Return by which name people sign in there now."""
        provider = provider_at(identity.issuer)
        return provider.name if provider else None


class OidcDepartureSerializer(serializers.Serializer[Any]):
    authorization_url = serializers.CharField(help_text="Send the browser there.")
    state = serializers.CharField(
        help_text="Keep it in the browser, and go on only with who comes back with the same."
    )


@extend_schema_serializer(
    examples=[OpenApiExample("Back from a provider", {"state": "3wQ0…", "code": "SplxlO…"})]
)
class OidcTokenSerializer(StrictSerializer):
    state = serializers.CharField(max_length=200)
    code = serializers.CharField(max_length=4000)
    iss = serializers.CharField(
        max_length=255, required=False, help_text="As the provider sent it along (RFC 9207)."
    )


@extend_schema_serializer(
    examples=[OpenApiExample("The second factor", {"challenge": "eyJ1c2…", "code": "123456"})]
)
class OidcSecondFactorSerializer(StrictSerializer):
    challenge = serializers.CharField(max_length=1000)
    code = serializers.CharField(
        max_length=MAX_CODE, help_text="Six digits of the app, or a recovery code."
    )
