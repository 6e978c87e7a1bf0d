"""What goes in and out of projects."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from config.api.serializers import StrictSerializer
from documents.models import Project

OF_RESOURCE = ("version", "created_at", "updated_at")  # what every resource shows of itself


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
