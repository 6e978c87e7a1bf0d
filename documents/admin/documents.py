"""Documents in the admin: what is known of one, how its processing stands, its file."""

from __future__ import annotations

import json
from typing import IO, Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from config.admin import Awaiting, BinFilter, ColumnFilter, FileAdmin, Step, badge, capped_count
from config.api.concurrency import Precondition
from documents.admin.in_project import InProjectAdmin, ProjectFilter
from documents.ingest.errors import ErrorCode
from documents.models import Document, Split, Status
from documents.services import documents, search
from users.admin import user_of
from users.models import User


class StatusFilter(ColumnFilter):
    title = "status"
    parameter_name = "status"
    options = Status.choices


class SplitFilter(ColumnFilter):
    title = "split"
    parameter_name = "split"
    options = Split.choices


def _reprocess(actor: User, document: Document, precondition: Precondition) -> None:
    documents.reprocess_document(actor=actor, document=document, precondition=precondition)


def _delete(actor: User, document: Document, precondition: Precondition) -> None:
    documents.delete_document(actor=actor, document=document, precondition=precondition)


def _restore(actor: User, document: Document, precondition: Precondition) -> None:
    documents.restore_document(actor=actor, document=document)


def _can_be_processed(document: Document) -> bool:
    is_at_rest = document.status in {Status.READY, Status.FAILED}
    return bool(document.source) and is_at_rest and document.deleted_at is None


@admin.register(Document)
class DocumentAdmin(FileAdmin, InProjectAdmin):
    """Documents are read here; `annotations.admin` registers these pages with its own on top."""

    file_kind = "source"
    list_display: tuple[str, ...] = ("title", "state", "language", "project", "created_at")
    list_filter = (StatusFilter, ProjectFilter, SplitFilter, BinFilter)
    search_fields = ("title",)
    search_help_text = (
        "Words of title or text, part of the title, or the whole external id, SHA-256 or id"
    )
    fieldsets = (
        (
            "Processing",
            {"fields": ("state", "error", "source_link", "media_type", "sha256", "attempts")},
        ),
        (
            "Text",
            {"fields": ("revision_number", "length", "extractor", "pages", "notes")},
        ),
        (
            "Properties",
            {
                "fields": (
                    "project",
                    "external_id",
                    "language",
                    "split",
                    "tag_list",
                    "iri",
                    "properties",
                )
            },
        ),
        ("Resource", {"fields": ("id", "version", "created_at", "updated_at", "deleted_at")}),
    )
    steps: ClassVar[tuple[Step, ...]] = (
        Step(
            "reprocess",
            "Process again",
            "on its way to a worker.",
            "document.change",
            _reprocess,
            _can_be_processed,
        ),
        Step(
            "delete",
            "Delete",
            "deleted; it can be restored from the bin.",
            "document.delete",
            _delete,
            lambda document: document.deleted_at is None,
            look="grave",
        ),
        Step(
            "restore",
            "Restore",
            "restored.",
            "document.delete",
            _restore,
            lambda document: document.deleted_at is not None and document.erased_at is None,
            look="default",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_revision().select_related("project")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        try:
            return rows.filter(pk=UUID(text))
        except ValueError:
            return search.known_by(rows, text)

    def awaiting(self, request: HttpRequest) -> list[Awaiting]:
        visible = Document.objects.visible_to(user_of(request)).live()
        failed = capped_count(visible.filter(status=Status.FAILED))
        url = f"{reverse('admin:documents_document_changelist')}?status={Status.FAILED}"
        return [Awaiting(failed, "documents failed", url)]

    # The original file

    def open_file(self, resource: Document) -> IO[bytes]:
        return documents.open_source(resource)

    def file_name(self, resource: Document) -> str:
        return resource.source_name or "document"

    # What the page shows

    @admin.display(description="status")
    def state(self, document: Document) -> str:
        if document.erased_at:
            return badge("deleted", "erased")
        return badge("deleted") if document.deleted_at else badge(document.status)

    @admin.display(description="error")
    def error(self, document: Document) -> str:
        if not document.error_code:
            return "-"
        known = document.error_code in set(ErrorCode)
        explanation = ErrorCode(document.error_code).explanation if known else ""
        detail = "" if document.error_detail == explanation else document.error_detail
        return format_html(
            "<code>{}</code> {}", document.error_code, f"{explanation} {detail}".strip()
        )

    @admin.display(description="source")
    def source_link(self, document: Document) -> str:
        if not document.source:
            return "Made from a text, without a file."
        name, size = document.source_name or "file", filesizeformat(document.source_size)
        return format_html('<a href="{}">{}</a> ({})', self.file_url(document), name, size)

    @admin.display(description="revision")
    def revision_number(self, document: Document) -> str:
        return str(document.revision.number) if document.revision else "-"

    @admin.display(description="length")
    def length(self, document: Document) -> str:
        return f"{document.revision.length:,} characters" if document.revision else "-"

    @admin.display(description="extractor")
    def extractor(self, document: Document) -> str:
        revision = document.revision
        return f"{revision.extractor} {revision.extractor_version}" if revision else "-"

    @admin.display(description="pages")
    def pages(self, document: Document) -> str:
        pages = document.revision.layout.get("pages") if document.revision else None
        return str(len(pages)) if pages else "-"

    @admin.display(description="notes")
    def notes(self, document: Document) -> str:
        notes = document.revision.notes if document.revision else []
        return format_html_join(", ", "{}", ((note,) for note in notes)) or "-"

    @admin.display(description="tags")
    def tag_list(self, document: Document) -> str:
        return ", ".join(document.tags) or "-"

    @admin.display(description="metadata")
    def properties(self, document: Document) -> str:
        shown = json.dumps(document.metadata, ensure_ascii=False, indent=2)
        return format_html("<pre>{}</pre>", shown) if document.metadata else "-"
