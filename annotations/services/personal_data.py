"""All that is kept of one person, as one ZIP archive, made in flat memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet

from annotations.formats import jsonl
from annotations.models import Annotation, ModelRun, Relation
from annotations.services.personal_comments import (
    comment_record,
    comments_of,
    notification_record,
    notifications_of,
)
from documents.models import Job, SavedFilter, Upload, Webhook
from users.models import Event, User

BATCH = 1000
HELD_IN_MEMORY = 1_000_000
Record = dict[str, Any]
README = """What Postil keeps of you, in UTF-8.

account.json         your account, how you sign in, and at which providers
sign_ins.json        your sign-ins: when, from where, with what
access_tokens.json   your access tokens, without the tokens themselves, which are not kept
memberships.json     the projects that you are in, and your role there
annotations.jsonl    each annotation that you made, in whichever project; deleted ones too
relations.jsonl      each relation between annotations that you made; deleted ones too
model_runs.jsonl     runs of models that you told of
comments.jsonl       each comment that you wrote; deleted ones too
notifications.jsonl  what you were told of: when, and of which comment or set
webhooks.jsonl       addresses that you had a project's events sent to
saved_filters.jsonl  queries over documents that you keep, shared or not
uploads.jsonl        files that you sent in pieces, until they are used up or run out
jobs.jsonl           long work that you started: what file it was of, when, how it ended
events.jsonl         what you did and what was done to your account, one event a line, in order

A line of a .jsonl file is a JSON object. Offsets count Unicode code points.
"""


def archive(user: User) -> IO[bytes]:
    """Return the archive, from its beginning; it is gone once it is closed."""
    # On disk when it grows; the answer closes it.
    file = SpooledTemporaryFile(HELD_IN_MEMORY)  # noqa: SIM115
    with ZipFile(file, "w", ZIP_DEFLATED) as made:
        made.writestr("README.txt", README)
        made.writestr("account.json", _json(_account(user)))
        made.writestr("sign_ins.json", _json(_sign_ins(user)))
        made.writestr("access_tokens.json", _json(_access_tokens(user)))
        made.writestr("memberships.json", _json(_memberships(user)))
        _write_lines(made, "annotations.jsonl", map(_annotation, _annotations(user)))
        _write_lines(made, "relations.jsonl", map(_relation, _relations(user)))
        _write_lines(made, "model_runs.jsonl", map(_model_run, _model_runs(user)))
        _write_lines(made, "comments.jsonl", map(comment_record, _by_key(comments_of(user))))
        told = map(notification_record, _by_key(notifications_of(user)))
        _write_lines(made, "notifications.jsonl", told)
        _write_lines(made, "webhooks.jsonl", map(_webhook, _webhooks(user)))
        _write_lines(made, "saved_filters.jsonl", map(_saved_filter, _saved_filters(user)))
        _write_lines(made, "uploads.jsonl", map(_upload, _uploads(user)))
        _write_lines(made, "jobs.jsonl", map(_job, _jobs(user)))
        _write_lines(made, "events.jsonl", map(_event, _events(user)))
    file.seek(0)
    return file


def _json(content: Any) -> str:
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2) + "\n"


def _write_lines(made: ZipFile, name: str, records: Iterable[Record]) -> None:
    with made.open(name, "w", force_zip64=True) as file:
        for line in jsonl.write(records):
            file.write(line)


def _by_key(rows: QuerySet[Any]) -> Iterator[Any]:
    """Yield the rows in order of their keys, a batch held at a time."""
    ahead = rows.order_by("pk")
    while batch := list(ahead[:BATCH]):
        yield from batch
        ahead = rows.filter(pk__gt=batch[-1].pk).order_by("pk")


def _account(user: User) -> Record:
    providers = user.external_identities.values("issuer", "subject", "created_at")
    authenticator = getattr(user, "authenticator", None)
    return {
        **user.snapshot(),
        "last_login": user.last_login,
        "second_factor_since": authenticator and authenticator.confirmed_at,
        "external_identities": list(providers.order_by("id")),
    }


def _sign_ins(user: User) -> list[Record]:
    told = ("kind", "method", "has_second_factor", "address", "user_agent")
    times = ("created_at", "authenticated_at", "seen_at", "expires_at", "ended_at")
    return list(user.login_sessions.order_by("id").values("id", *told, *times))


def _access_tokens(user: User) -> list[Record]:
    told = ("id", "name", "hint", "scope", "project_id")
    times = ("created_at", "expires_at", "last_used_at", "revoked_at")
    return list(user.access_tokens.order_by("id").values(*told, *times))


def _memberships(user: User) -> list[Record]:
    rows = user.memberships.order_by("id").select_related("project")
    return [
        {
            "project": _project(row),
            "role": row.role,
            "since": row.created_at,
        }
        for row in rows
    ]


def _annotations(user: User) -> Iterator[Annotation]:
    rows = Annotation.objects.filter(author=user)
    return _by_key(rows.select_related("project", "document", "label", "annotation_set"))


def _annotation(annotation: Annotation) -> Record:
    return {
        "id": annotation.pk,
        "project": _project(annotation),
        "document": {"id": annotation.document_id, "title": annotation.document.title},
        "annotation_set": {
            "id": annotation.annotation_set_id,
            "state": annotation.annotation_set.state,
        },
        "label": {"id": annotation.label_id, "name": annotation.label.name},
        "start": annotation.start,
        "end": annotation.end,
        "fragments": annotation.fragments,
        "quote": annotation.quote,
        "boxes": annotation.boxes,
        "attributes": annotation.attributes,
        "body": annotation.body,
        "confidence": annotation.confidence,
        "derived_from": annotation.derived_from_id,
        "created_at": annotation.created_at,
        "updated_at": annotation.updated_at,
        "deleted_at": annotation.deleted_at,
    }


def _relations(user: User) -> Iterator[Relation]:
    rows = Relation.objects.filter(author=user)
    return _by_key(rows.select_related("project", "document", "label"))


def _relation(relation: Relation) -> Record:
    return {
        "id": relation.pk,
        "project": _project(relation),
        "document": {"id": relation.document_id, "title": relation.document.title},
        "annotation_set": {"id": relation.annotation_set_id},
        "label": {"id": relation.label_id, "name": relation.label.name},
        "source": relation.source_id,
        "target": relation.target_id,
        "attributes": relation.attributes,
        "body": relation.body,
        "confidence": relation.confidence,
        "created_at": relation.created_at,
        "updated_at": relation.updated_at,
        "deleted_at": relation.deleted_at,
    }


def _model_runs(user: User) -> Iterator[ModelRun]:
    return _by_key(ModelRun.objects.filter(created_by=user).select_related("project"))


def _model_run(run: ModelRun) -> Record:
    return {
        "id": run.pk,
        "project": _project(run),
        "name": run.name,
        "model_version": run.model_version,
        "parameters": run.parameters,
        "description": run.description,
        "created_at": run.created_at,
        "updated_at": run.updated_at,
    }


def _webhooks(user: User) -> Iterator[Webhook]:
    return _by_key(Webhook.objects.filter(created_by=user).select_related("project"))


def _webhook(webhook: Webhook) -> Record:
    return {
        "id": webhook.pk,
        "project": _project(webhook),
        "url": webhook.url,
        "description": webhook.description,
        "created_at": webhook.created_at,
        "updated_at": webhook.updated_at,
        "deleted_at": webhook.deleted_at,
    }


def _saved_filters(user: User) -> Iterator[SavedFilter]:
    return _by_key(SavedFilter.objects.filter(owner=user).select_related("project"))


def _saved_filter(saved: SavedFilter) -> Record:
    return {
        "id": saved.pk,
        "project": _project(saved),
        "name": saved.name,
        "query": saved.query,
        "is_shared": saved.is_shared,
        "created_at": saved.created_at,
        "updated_at": saved.updated_at,
    }


def _uploads(user: User) -> Iterator[Upload]:
    return _by_key(Upload.objects.filter(created_by=user).select_related("project"))


def _upload(upload: Upload) -> Record:
    return {
        "id": upload.pk,
        "project": _project(upload),
        "name": upload.name,
        "length": upload.length,
        "offset": upload.offset,
        "created_at": upload.created_at,
        "expires_at": upload.expires_at,
    }


def _jobs(user: User) -> Iterator[Job]:
    return _by_key(Job.objects.filter(created_by=user).select_related("project"))


def _job(job: Job) -> Record:
    """Return that the work was done; what of the project it was given belongs to the project."""
    return {
        "id": job.pk,
        "project": _project(job),
        "kind": job.kind,
        "state": job.state,
        "source_name": job.source_name,
        "source_size": job.source_size,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
    }


def _project(row: Any) -> Record:
    return {"id": row.project_id, "name": row.project.name}


def _events(user: User) -> Iterator[Event]:
    of_account = Q(target_type="user", target_id=user.pk, project_id=None)
    return _by_key(Event.objects.filter(Q(actor=user) | of_account))


def _event(event: Event) -> Record:
    """Return what happened; what a project's things were like belongs to the project."""
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
