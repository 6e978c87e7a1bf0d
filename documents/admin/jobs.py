"""Jobs in the admin: how far each is, how it ended, what was wrong with its items."""

from __future__ import annotations

import json
from typing import IO, Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from config.admin import Awaiting, ColumnFilter, FileAdmin, Step, badge, capped_count
from config.api.concurrency import Precondition
from documents.admin.in_project import InProjectAdmin, ProjectFilter
from documents.models import Job, JobError, JobKind, JobState
from documents.permissions import projects_where
from documents.services import jobs
from users.admin import user_of
from users.models import User

SHOWN_ERRORS = 100


class KindFilter(ColumnFilter):
    title = "kind"
    parameter_name = "kind"
    options = JobKind.choices


class StateFilter(ColumnFilter):
    title = "state"
    parameter_name = "state"
    options = JobState.choices


def _cancel(actor: User, job: Job, precondition: Precondition) -> None:
    """Cancel it however far it has come since the page was loaded."""
    jobs.cancel_job(actor=actor, job=job)


def _retry(actor: User, job: Job, precondition: Precondition) -> None:
    precondition.check(job)
    jobs.retry_job(actor=actor, job=job)


@admin.register(Job)
class JobAdmin(FileAdmin, InProjectAdmin):
    """Long work, for those who may read of it; it is started elsewhere."""

    file_kind = "result"
    list_display = ("kind", "status", "progress", "source_name", "project", "starter", "created_at")
    list_filter = (StateFilter, KindFilter, ProjectFilter)
    list_select_related = ("project", "created_by")
    fieldsets = (
        ("Progress", {"fields": ("kind", "status", "progress", "how", "error", "errors")}),
        ("Files", {"fields": ("source_name", "result_link")}),
        ("Task", {"fields": ("project", "document", "starter", "asked")}),
        (
            "Resource",
            {
                "fields": (
                    "id",
                    "version",
                    "created_at",
                    "started_at",
                    "finished_at",
                    "cancel_requested_at",
                    "attempts",
                )
            },
        ),
    )
    steps = (
        Step(
            "cancel",
            "Cancel",
            "cancelled, or as soon as what its worker has at hand is done.",
            "job.change",
            _cancel,
            lambda job: not job.has_ended and job.cancel_requested_at is None,
        ),
        Step(
            "retry",
            "Retry",
            "on its way to a worker, from where it stopped.",
            "job.change",
            _retry,
            lambda job: job.can_be_retried,
            look="default",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        readable = projects_where(user_of(request), "job.read")
        rows = super().get_queryset(request).select_related(*self.list_select_related)
        return rows.filter(project__in=readable)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets

    def awaiting(self, request: HttpRequest) -> list[Awaiting]:
        failed = capped_count(self.get_queryset(request).filter(state=JobState.FAILED))
        url = f"{reverse('admin:documents_job_changelist')}?state={JobState.FAILED}"
        return [Awaiting(failed, "jobs failed", url)]

    # The file that it made

    def open_file(self, resource: Job) -> IO[bytes]:
        return jobs.open_result(resource)

    def file_name(self, resource: Job) -> str:
        return resource.result_name

    # What the pages show

    @admin.display(description="state")
    def status(self, job: Job) -> str:
        return badge(job.state)

    @admin.display(description="progress")
    def progress(self, job: Job) -> str:
        return f"{job.done:,}" if job.total is None else f"{job.done:,} of {job.total:,}"

    @admin.display(description="by")
    def starter(self, job: Job) -> str:
        return str(job.created_by or "the system")

    @admin.display(description="counts")
    def how(self, job: Job) -> str:
        return ", ".join(f"{count:,} {name}" for name, count in sorted(job.counts.items())) or "-"

    @admin.display(description="error")
    def error(self, job: Job) -> str:
        if not job.error_code:
            return "-"
        return format_html("<code>{}</code> {}", job.error_code, job.error_detail)

    @admin.display(description="first errors")
    def errors(self, job: Job) -> str:
        """Return the first of the items' errors as a list; the API pages through all of them."""
        rows = list(job.errors.order_by("id")[: SHOWN_ERRORS + 1])
        if not rows:
            return "-"
        shown = format_html_join(
            "", "<li>{} <code>{}</code> {}</li>", map(_told, rows[:SHOWN_ERRORS])
        )
        more = "" if len(rows) <= SHOWN_ERRORS else "There are more: see the API."
        return format_html("<ul>{}</ul>{}", shown, more)

    @admin.display(description="result")
    def result_link(self, job: Job) -> str:
        if not job.result_name:
            return "-"
        return format_html('<a href="{}">{}</a>', self.file_url(job), job.result_name)

    @admin.display(description="asked for")
    def asked(self, job: Job) -> str:
        shown = json.dumps(job.parameters, ensure_ascii=False, indent=2)
        return format_html("<pre>{}</pre>", shown) if job.parameters else "-"


def _told(error: JobError) -> tuple[str, str, str]:
    """Return where an error is, its code and what it says."""
    line = "" if error.line is None else f"line {error.line}"
    place = ", ".join(part for part in (error.entry, line, error.field) if part)
    return place, error.code, error.detail
