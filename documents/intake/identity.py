"""What tells one live document of a project from the others: its external_id, its content."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import QuerySet
from psycopg.errors import UniqueViolation

from config.api.problems import Problem
from documents.errors import DuplicateDocument, ExternalIdTaken
from documents.models import Document

EXTERNAL_ID = "document_external_id_unique_in_project"
CONTENT = "document_content_unique_in_project"


def taken_identity(error: DatabaseError) -> str | None:
    """Return the constraint by which the database refused a second of two documents, or None."""
    cause = error.__cause__
    name = cause.diag.constraint_name if isinstance(cause, UniqueViolation) else None
    return name if name in {EXTERNAL_ID, CONTENT} else None


@contextmanager
def identity_free(document: Document) -> Iterator[None]:
    """Turn the database's refusal of a second document into ExternalIdTaken, DuplicateDocument."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = taken_identity(error)
        if name is None:
            raise
        raise _problem(document, name) from error


def external_id_taken(external_id: str | None, other: UUID | None) -> ExternalIdTaken:
    """Return the problem of a document whose external_id another one has."""
    detail = f"The external_id {external_id!r} belongs to document {other}."
    return ExternalIdTaken(detail, document_id=str(other))


def content_taken(other: UUID | None) -> DuplicateDocument:
    """Return the problem of a document whose content another one has."""
    return DuplicateDocument(f"Document {other} has the same content.", document_id=str(other))


def _problem(document: Document, constraint: str) -> Problem:
    others = Document.objects.live().filter(project_id=document.project_id)
    if constraint == CONTENT:
        return content_taken(_first(others.filter(content_key=document.content_key)))
    others = others.filter(external_id=document.external_id)
    return external_id_taken(document.external_id, _first(others))


def _first(ids: QuerySet[Any]) -> UUID | None:
    """Return the only id, or None where its document has gone again by now."""
    return ids.values_list("pk", flat=True).first()
