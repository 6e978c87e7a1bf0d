"""What goes out of resumable uploads and of what projects keep."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from documents.models import Upload
from documents.serializers.projects import OF_RESOURCE


class UploadSerializer(serializers.ModelSerializer[Upload]):
    class Meta:
        model = Upload
        fields = (
            "id",
            "project_id",
            "name",
            "length",
            "offset",
            "expires_at",
            "document_id",
            "job_id",
            *OF_RESOURCE,
        )


class UsageSerializer(serializers.Serializer[Any]):
    documents = serializers.IntegerField(help_text="Kept by the project, deleted ones included.")
    bytes = serializers.IntegerField(help_text="Of files, texts and uploads under way.")
    max_documents = serializers.IntegerField(allow_null=True, help_text="Null: without limit.")
    max_bytes = serializers.IntegerField(allow_null=True, help_text="Null: without limit.")
    awaiting_index = serializers.IntegerField(
        help_text="Documents that came in with many others and whose words `search` does not know"
        " yet; usually 0."
    )
