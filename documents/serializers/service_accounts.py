"""What goes in and out of service accounts."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from documents.models import Membership, Role
from documents.serializers.projects import OF_RESOURCE


class ServiceAccountSerializer(serializers.ModelSerializer[Membership]):
    name = serializers.CharField(source="user.name")

    class Meta:
        model = Membership
        fields = ("id", "project_id", "user_id", "name", "role", *OF_RESOURCE)
        extra_kwargs = {"user_id": {"help_text": "Who it is as author, member and actor."}}


@extend_schema_serializer(
    examples=[OpenApiExample("One that annotates", {"name": "NER 3", "role": "annotator"})]
)
class ServiceAccountInput(StrictSerializer):
    name = serializers.CharField(max_length=200)
    role = serializers.ChoiceField(choices=Role.choices)
