"""What goes in and out of memberships."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from documents.models import Membership, Role
from documents.serializers.projects import OF_RESOURCE
from users.emails import require_ascii
from users.serializers import PersonSerializer


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    user = PersonSerializer()

    class Meta:
        model = Membership
        fields = ("id", "user", "role", *OF_RESOURCE)


@extend_schema_serializer(
    examples=[OpenApiExample("A curator", {"email": "kim@example.org", "role": "curator"})]
)
class MemberInput(StrictSerializer):
    email = serializers.EmailField(max_length=254, validators=(require_ascii,))
    role = serializers.ChoiceField(choices=Role.choices)


@extend_schema_serializer(examples=[OpenApiExample("A higher role", {"role": "manager"})])
class RoleInput(StrictSerializer):
    role = serializers.ChoiceField(choices=Role.choices)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "To a colleague",
            {"member": "0199f0a4-7c1e-7d2b-9a51-3f6a1c0b2d4e", "keep_role": "curator"},
        )
    ]
)
class TransferInput(StrictSerializer):
    member = serializers.UUIDField(help_text="The membership of who is to manage the project.")
    keep_role = serializers.ChoiceField(
        choices=Role.choices,
        default=Role.CURATOR.value,
        allow_null=True,
        help_text="What you are afterwards; null: you leave.",
    )
