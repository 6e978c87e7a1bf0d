"""The tables that bear a person's name, and what of their rows is the person's own.

What a project's things are like, and what others said, belongs to the project and to these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet

from annotations.models import (
    Annotation,
    AnnotationSet,
    Comment,
    ModelRun,
    Notification,
    Relation,
)
from documents.models import Invitation, Job, SavedFilter, Upload, Webhook
from users.models import Event, User

BATCH = 1000
# What a row refers to, by the name of the reference: what is told of it besides its id.
_NAMED = {
    "project": ("name",),
    "document": ("title",),
    "label": ("name",),
    "annotation_set": ("state",),
}
_CHANGED = ("created_at", "updated_at")
_DELETED = (*_CHANGED, "deleted_at")


@dataclass(frozen=True)
class Rows:
    """A file with a line for each row of a table that is a person's by its column `by`."""

    name: str
    told: str
    model: type[Model]
    by: str
    fields: tuple[str, ...]
    named: tuple[str, ...] = ("project",)

    def of(self, user: User) -> Iterator[dict[str, Any]]:
        """Yield what the lines say, in order of the rows' ids, a batch held at a time."""
        rows: QuerySet[Any] = self.model._default_manager.filter(**{self.by: user})  # noqa: SLF001
        return (self._told(row) for row in _in_batches(rows.select_related(*self.named)))

    def _told(self, row: Any) -> dict[str, Any]:
        named = {name: _referred(row, name) for name in self.named}
        return {"id": row.pk, **named, **{name: getattr(row, name) for name in self.fields}}


@dataclass(frozen=True)
class Events:
    """The file of what a person did, and of what was done to their account."""

    name: str
    told: str

    def of(self, user: User) -> Iterator[dict[str, Any]]:
        """Yield what the lines say, in order of the log."""
        of_account = Q(target_type="user", target_id=user.pk, project_id=None)
        return map(_event, _in_batches(Event.objects.filter(Q(actor=user) | of_account)))


def _in_batches(rows: QuerySet[Any]) -> Iterator[Any]:
    ahead = rows.order_by("pk")
    while batch := list(ahead[:BATCH]):
        yield from batch
        ahead = rows.filter(pk__gt=batch[-1].pk).order_by("pk")


def _referred(row: Any, name: str) -> dict[str, Any]:
    other = getattr(row, name)
    return {"id": other.pk, **{told: getattr(other, told) for told in _NAMED[name]}}


def _event(event: Event) -> dict[str, Any]:
    is_personal = event.project_id is None
    return {
        "at": event.at,
        "action": event.action,
        "actor_id": event.actor_id,
        "project_id": event.project_id,
        "target_type": event.target_type,
        "target_id": event.target_id,
        "before": event.before if is_personal else None,
        "after": event.after if is_personal else None,
        "request_id": event.request_id,
    }


PARTS: tuple[Rows | Events, ...] = (
    Rows(
        "annotations.jsonl",
        "each annotation that you made, in whichever project; deleted ones too",
        Annotation,
        "author",
        (
            *("start", "end", "fragments", "quote", "boxes", "attributes", "body"),
            *("confidence", "derived_from_id", *_DELETED),
        ),
        ("project", "document", "annotation_set", "label"),
    ),
    Rows(
        "relations.jsonl",
        "each relation between annotations that you made; deleted ones too",
        Relation,
        "author",
        ("source_id", "target_id", "attributes", "body", "confidence", *_DELETED),
        ("project", "document", "annotation_set", "label"),
    ),
    Rows(
        "annotation_sets.jsonl",
        "how your work on each document stands: handed in, approved, returned and why",
        AnnotationSet,
        "author",
        ("kind", "state", "submitted_at", "reviewed_at", "reason", *_CHANGED),
        ("project", "document"),
    ),
    Rows(
        "reviews.jsonl",
        "sets of others that you approved or returned last, and why",
        AnnotationSet,
        "reviewer",
        ("state", "reviewed_at", "reason"),
        ("project", "document"),
    ),
    Rows(
        "invitations.jsonl",
        "invitations that you made, without the addresses of others",
        Invitation,
        "invited_by",
        ("role", "created_at", "expires_at", "accepted_at", "revoked_at"),
    ),
    Rows(
        "model_runs.jsonl",
        "runs of models that you told of",
        ModelRun,
        "created_by",
        ("name", "model_version", "parameters", "description", *_CHANGED),
    ),
    Rows(
        "comments.jsonl",
        "each comment that you wrote; deleted ones too",
        Comment,
        "author",
        (
            *("annotation_id", "parent_id", "body", "mentions"),
            *("created_at", "edited_at", "deleted_at"),
        ),
        ("project", "document"),
    ),
    Rows(
        "notifications.jsonl",
        "what you were told of: when, and of which comment or set",
        Notification,
        "person",
        ("kind", "document_id", "comment_id", "annotation_set_id", "created_at", "read_at"),
    ),
    Rows(
        "webhooks.jsonl",
        "addresses that you had a project's events sent to",
        Webhook,
        "created_by",
        ("url", "description", *_DELETED),
    ),
    Rows(
        "saved_filters.jsonl",
        "queries over documents that you keep, shared or not",
        SavedFilter,
        "owner",
        ("name", "query", "is_shared", *_CHANGED),
    ),
    Rows(
        "uploads.jsonl",
        "files that you sent in pieces, until they are used up or run out",
        Upload,
        "created_by",
        ("name", "length", "offset", "created_at", "expires_at"),
    ),
    Rows(
        "jobs.jsonl",
        "long work that you started: what file it was of, when, how it ended",
        Job,
        "created_by",
        ("kind", "state", "source_name", "source_size", "created_at", "finished_at"),
    ),
    Events(
        "events.jsonl",
        "what you did and what was done to your account, one event a line, in order",
    ),
)
