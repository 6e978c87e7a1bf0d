"""What goes in and out of invitations."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from documents.models import Invitation, Role
from documents.serializers.projects import OF_RESOURCE
from documents.services.invitations import EXPIRES_IN_DAYS
from users.emails import require_ascii
from users.serializers import MAX_PASSWORD, PersonSerializer

MAX_TOKEN = 1000
TOKEN = "psi_0bJd8sWc1yQmXf5rTzKv3uGhLnPa7E2aBcDe"  # noqa: S105 - an example


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    state = serializers.ChoiceField(choices=Invitation.STATES)
    invited_by = PersonSerializer()
    accepted_by = PersonSerializer(allow_null=True)
    revoked_at = serializers.DateTimeField(
        source="ended_at",
        allow_null=True,
        help_text="Also when the access token that it was made with was revoked.",
    )

    class Meta:
        model = Invitation
        fields: tuple[str, ...] = (
            "id",
            "project_id",
            "role",
            "email",
            "state",
            "invited_by",
            "expires_at",
            "accepted_by",
            "accepted_at",
            "revoked_at",
            *OF_RESOURCE,
        )


class NewInvitationSerializer(InvitationSerializer):
    """A new invitation with its secret, which is shown this once."""

    token = serializers.CharField(
        allow_null=True, help_text="Null where it goes by mail, to its receiver alone."
    )
    url = serializers.URLField(allow_null=True, help_text="The link to pass on, or null likewise.")

    class Meta(InvitationSerializer.Meta):
        fields = (*InvitationSerializer.Meta.fields, "token", "url")


@extend_schema_serializer(
    examples=[
        OpenApiExample("By mail", {"role": "annotator", "email": "kim@example.org"}),
        OpenApiExample("By a link", {"role": "viewer", "expires_in_days": 1}),
    ]
)
class InvitationInput(StrictSerializer):
    role = serializers.ChoiceField(choices=Role.choices)
    email = serializers.EmailField(
        max_length=254,
        validators=(require_ascii,),
        required=False,
        help_text="Where to send it; only an account with this e-mail may accept then.",
    )
    expires_in_days = serializers.IntegerField(min_value=1, max_value=90, default=EXPIRES_IN_DAYS)


@extend_schema_serializer(examples=[OpenApiExample("The link's last part", {"token": TOKEN})])
class TokenInput(StrictSerializer):
    token = serializers.CharField(max_length=MAX_TOKEN, help_text="The end of the link.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A new account", {"token": TOKEN, "password": "correct horse battery", "name": "Kim"}
        ),
        OpenApiExample("A link without an address", {"token": TOKEN, "email": "kim@example.org"}),
    ]
)
class InvitedInput(StrictSerializer):
    token = serializers.CharField(max_length=MAX_TOKEN, help_text="The end of the link.")
    email = serializers.EmailField(
        max_length=254,
        validators=(require_ascii,),
        required=False,
        help_text="Where the invitation `needs_email`.",
    )
    password = serializers.CharField(
        max_length=MAX_PASSWORD,
        trim_whitespace=False,
        required=False,
        help_text="Needed unless the address is to be confirmed first.",
    )
    name = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class OfferSerializer(serializers.Serializer[Any]):
    """What whoever has the token is offered."""

    project = serializers.CharField(source="invitation.project.name")
    role = serializers.ChoiceField(choices=Role.choices, source="invitation.role")
    invited_by = serializers.CharField(source="invitation.invited_by")
    expires_at = serializers.DateTimeField(source="invitation.expires_at")
    needs_email = serializers.BooleanField(
        help_text="Whether who registers says their e-mail; else it is where this was sent."
    )
