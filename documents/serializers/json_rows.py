"""Documents as JSON that the database makes: what FoundDocumentSerializer says, in SQL."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from config.api.json_rows import Shape, columns, json_object
from documents.serializers.notices import NOBODY_WORKS
from documents.services.workers import SILENCE, STREAMING

_REVISION = {
    **columns("revision", "id", "number", "length", "sha256", "extractor", "extractor_version"),
    **columns("revision", "notes", times=("created_at",)),
}
_ERROR = {"code": "shown.error_code", "detail": "shown.error_detail"}
_PROGRESS = {"done": "shown.progress_done", "total": "shown.progress_total"}
_NOTICE = """CASE WHEN shown.status IN ('pending', 'processing') AND NOT EXISTS (
    SELECT FROM documents_worker
    WHERE seen_at > %(silent_since)s AND NOT starts_with(name, %(streaming)s)
) THEN %(nobody_works)s END"""

DOCUMENT = Shape(
    "documents_document AS shown"
    " LEFT JOIN documents_revision AS revision ON revision.id = shown.revision_id",
    {
        **columns("shown", "id", "project_id", "external_id", "title", "language", "split"),
        **columns("shown", "tags", "metadata", "iri", "media_type", "source_name"),
        **columns("shown", "source_size", "sha256", "duplicate_of_id", "extraction_options"),
        "status": "shown.status",
        "error": f"CASE WHEN shown.error_code <> '' THEN {json_object(_ERROR)} END",
        "progress": f"CASE WHEN shown.progress_total > 0 THEN {json_object(_PROGRESS)} END",
        "notice": _NOTICE,
        "revision": f"CASE WHEN revision.id IS NOT NULL THEN {json_object(_REVISION)} END",
        **columns("shown", "version", times=("created_at", "updated_at")),
    },
)


def document_parameters() -> dict[str, Any]:
    """Return what DOCUMENT is read with."""
    return {
        "silent_since": timezone.now() - SILENCE,
        "streaming": STREAMING,
        "nobody_works": NOBODY_WORKS,
    }
