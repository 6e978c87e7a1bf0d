"""What goes out of the progress of a project."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotations.models import State
from documents.models import Status


class DocumentsByStatus(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {status.value: serializers.IntegerField() for status in Status}


class SetsByState(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {state.value: serializers.IntegerField() for state in State}


class ProjectProgressSerializer(serializers.Serializer[Any]):
    """How far a project is; deleted documents, and the sets on them, are not counted."""

    documents = DocumentsByStatus()
    annotation_sets = SetsByState(help_text="Those that you see.")
    annotated_documents = serializers.IntegerField(
        allow_null=True,
        help_text="With any set. Null for annotators of a blind project, who do not see all.",
    )
