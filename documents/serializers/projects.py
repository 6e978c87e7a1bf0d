"""What goes in and out of projects."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from documents.models import DuplicatePolicy, Project

OF_RESOURCE = ("version", "created_at", "updated_at")  # what every resource shows of itself


def _quota(told: str) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, required=False, allow_null=True, help_text=told)


class ProjectSerializer(serializers.ModelSerializer[Project]):
    class Meta:
        model = Project
        fields = (
            "id",
            "name",
            "slug",
            "description",
            "guidelines",
            "is_blind",
            "four_eyes",
            "allows_overlap",
            "duplicates",
            "max_documents",
            "max_bytes",
            *OF_RESOURCE,
        )


@extend_schema_serializer(
    examples=[
        OpenApiExample("A project", {"name": "Press 2026", "description": "Names in the news."})
    ]
)
class ProjectInput(StrictSerializer):
    name = serializers.CharField(max_length=200)
    slug = serializers.SlugField(max_length=80, required=False)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    guidelines = serializers.CharField(max_length=100_000, required=False, allow_blank=True)
    is_blind = serializers.BooleanField(required=False)
    four_eyes = serializers.BooleanField(required=False)
    allows_overlap = serializers.BooleanField(
        required=False, help_text="Spans of one set may overlap; else they are refused (409)."
    )
    duplicates = serializers.ChoiceField(
        choices=DuplicatePolicy.choices,
        required=False,
        help_text="What happens to a document with the very content of another one.",
    )
    max_documents = _quota("How many documents the project may keep; superusers alone set it.")
    max_bytes = _quota("How many bytes of files and texts; superusers alone set it.")
