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
from annotations.models import Annotation
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
            "project": {"id": row.project.pk, "name": row.project.name},
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
        "project": {"id": annotation.project_id, "name": annotation.project.name},
        "document": {"id": annotation.document_id, "title": annotation.document.title},
        "annotation_set": {
            "id": annotation.annotation_set_id,
            "state": annotation.annotation_set.state,
        },
        "label": {"id": annotation.label_id, "name": annotation.label.name},
        "start": annotation.start,
        "end": annotation.end,
        "quote": annotation.quote,
        "body": annotation.body,
        "confidence": annotation.confidence,
        "created_at": annotation.created_at,
        "updated_at": annotation.updated_at,
        "deleted_at": annotation.deleted_at,
    }


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
