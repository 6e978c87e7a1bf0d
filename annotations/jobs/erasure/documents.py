"""Erase documents, their texts and what was said of them, one batch after the other."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, F, Func, IntegerField, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotations.jobs.erasure.batch import ERASED, Batch, names_of, scrub_events
from annotations.jobs.erasure.comments import erase_comments
from annotations.jobs.erasure.past_jobs import remove_uploads
from annotations.jobs.erasure.queue import waiting
from annotations.models import Annotation, AnnotationSet, Relation
from documents.models import (
    Document,
    Fingerprint,
    Job,
    JobError,
    MetadataValue,
    Revision,
    SearchEntry,
    Status,
    Upload,
)
from documents.usage import charge
from users.services.events import record_many

DOCUMENTS_AT_ONCE = 50
ANNOTATIONS_AT_ONCE = 5000
TITLE = "Erased document"


def erase_documents(erasure: Job, after: Any) -> Batch:
    """Erase the next batch: the documents first, then as many annotations as a step may take.

    `after` is {"document": id of the last one}, and while annotations of its batch are left
    {"document", "batch": ids, "annotation": id of the last one}.
    """
    after = after or {}
    if "batch" in after:
        return _go_on(Batch(), after)
    rows = waiting(erasure).order_by("pk")
    rows = rows.filter(pk__gt=after["document"]) if after else rows
    documents = list(rows.select_for_update(of=("self",))[:DOCUMENTS_AT_ONCE])
    if not documents:
        return Batch()
    batch, gone = _sorted_out(documents)
    ids = [document.pk for document in gone]
    kept_bytes = _bytes_of(ids)
    _erase(erasure, ids)
    _go_on(batch, {"document": str(documents[-1].pk), "batch": [str(pk) for pk in ids]})
    charge(erasure.project_id, documents=-len(ids), bytes=-kept_bytes)
    return batch


def _sorted_out(documents: list[Document]) -> tuple[Batch, list[Document]]:
    """Return which documents may be erased, and tell of those that were restored meanwhile."""
    gone = [document for document in documents if document.deleted_at]
    errors = [
        JobError(entry=str(document.pk), code="document_live", detail="It was restored meanwhile.")
        for document in documents
        if not document.deleted_at
    ]
    counts = {"documents": len(gone), "restored": len(errors)}
    texts = Revision.objects.filter(document__in=gone).exclude(source=None).only("source")
    files = names_of([*(one.source for one in gone), *(one.source for one in texts)])
    batch = Batch(done=len(documents), files=files, counts=counts, errors=errors)
    return batch, gone


def _bytes_of(ids: list[Any]) -> int:
    """Return what the documents count for in the project's quota."""
    of_files = Document.objects.filter(pk__in=ids).aggregate(n=Sum("source_size"))["n"]
    octets = Func(F("text"), function="octet_length", output_field=IntegerField())
    texts = Revision.objects.filter(document__in=ids).aggregate(n=Sum(octets), m=Sum("source_size"))
    return (of_files or 0) + (texts["n"] or 0) + (texts["m"] or 0)


def _go_on(batch: Batch, after: dict[str, Any]) -> Batch:
    """Erase the batch's next annotations, and note where to go on."""
    rows = Annotation.objects.filter(document__in=after["batch"]).order_by("pk")
    rows = rows.filter(pk__gt=after["annotation"]) if "annotation" in after else rows
    ids = list(rows.values_list("pk", flat=True)[:ANNOTATIONS_AT_ONCE])
    _erase_annotations(ids)
    batch.counts["annotations"] = len(ids)
    batch.is_unbroken = len(ids) == ANNOTATIONS_AT_ONCE
    batch.after = {"document": after["document"]}
    if batch.is_unbroken:
        batch.after = after | {"annotation": str(ids[-1])}
    return batch


def _erase(erasure: Job, ids: list[Any]) -> None:
    """Take the content out of the documents' rows and of what the log tells of them."""
    for index in (SearchEntry, Fingerprint, MetadataValue):
        index.objects.filter(document__in=ids).delete()
    remove_uploads(Upload.objects.filter(document__in=ids))
    Revision.objects.filter(document__in=ids).update(
        text="",
        length=0,
        sha256="",
        layout={},
        notes=[],
        source=None,
        source_name="",
        source_size=0,
    )
    sets = AnnotationSet.objects.filter(document__in=ids)
    reason = Case(When(reason="", then=Value("")), default=Value("Erased."))
    sets.update(reason=reason)
    scrub_events(sets.values("pk"))
    erase_comments(ids)
    scrub_events(ids)
    _empty(ids)
    erased = Document.objects.filter(pk__in=ids).order_by("pk")
    record_many(
        actor=erasure.created_by,
        action="document.erased",
        targets=[(document, ERASED) for document in erased],
        project_id=erasure.project_id,
    )


def _empty(ids: list[Any]) -> None:
    """Leave of the documents that they were; without a lease no worker adds to them any more."""
    now = timezone.now()
    Document.objects.filter(pk__in=ids).update(
        title=TITLE,
        external_id=None,
        language="",
        split="",
        tags=[],
        metadata={},
        iri="",
        source=None,
        source_name="",
        source_size=0,
        source_tag="",
        sha256="",
        media_type="",
        extraction_options={},
        duplicate_of=None,
        content_key=None,
        status=Status.FAILED,
        error_code="erased",
        error_detail="",
        progress_done=None,
        progress_total=None,
        lease_id=None,
        lease_expires_at=None,
        announced_at=None,
        erased_at=now,
        updated_at=now,
        version=F("version") + 1,
    )


def _erase_annotations(ids: list[Any]) -> None:
    """Leave of annotations and of the relations from them who made them, when, with which label."""
    now = timezone.now()
    relations = Relation.objects.filter(source__in=ids)
    scrub_events(relations.values("pk"))
    relations.update(
        attributes={},
        body="",
        deleted_at=Coalesce("deleted_at", Value(now)),
        updated_at=now,
        version=F("version") + 1,
    )
    scrub_events(ids)
    Annotation.objects.filter(pk__in=ids).update(
        start=None,
        end=None,
        fragments=None,
        quote="",
        prefix="",
        suffix="",
        page=None,
        boxes=None,
        attributes={},
        body="",
        deleted_at=Coalesce("deleted_at", Value(now)),
        updated_at=now,
        version=F("version") + 1,
    )
