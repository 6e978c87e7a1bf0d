"""What goes out of jobs and their errors."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from documents.models import Job, JobError
from documents.serializers.documents import JSONObjectField, ProcessingErrorSerializer
from documents.serializers.notices import notice
from documents.serializers.projects import OF_RESOURCE


class JobLinksSerializer(serializers.Serializer[Any]):
    errors = serializers.URLField(  # type: ignore[assignment]  # only its description is used
        help_text="What was wrong with its items."
    )
    result = serializers.URLField(allow_null=True, help_text="The file that it made, else null.")


class JobSerializer(serializers.ModelSerializer[Job]):
    parameters = JSONObjectField(help_text="What was asked for.")
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="How the items that are done ended."
    )
    error = serializers.SerializerMethodField(help_text="Why it failed, else null.")
    notice = serializers.SerializerMethodField(help_text="What holds it up, else null.")
    links = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id",
            "project_id",
            "document_id",
            "created_by_id",
            "kind",
            "state",
            "parameters",
            "source_name",
            "source_size",
            "done",
            "total",
            "counts",
            "error",
            "notice",
            "links",
            "cancel_requested_at",
            "started_at",
            "finished_at",
            *OF_RESOURCE,
        )

    @extend_schema_field(ProcessingErrorSerializer(allow_null=True))
    def get_error(self, job: Job) -> dict[str, str] | None:
        """Return the code and detail of a failed job."""
        return ProcessingErrorSerializer(job).data if job.error_code else None

    def get_notice(self, job: Job) -> str | None:
        """Return that nobody works, where that holds the job up."""
        return notice(self, waits=not job.has_ended)

    @extend_schema_field(JobLinksSerializer)
    def get_links(self, job: Job) -> dict[str, str | None]:
        """Return where its errors and its result are."""
        request = self.context.get("request")
        result = reverse("job-result", args=[job.pk], request=request) if job.result_name else None
        return {"errors": reverse("job-errors", args=[job.pk], request=request), "result": result}


class JobErrorSerializer(serializers.ModelSerializer[JobError]):
    class Meta:
        model = JobError
        fields = ("line", "entry", "field", "code", "detail")
