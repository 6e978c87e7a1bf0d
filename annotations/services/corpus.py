"""Fill a site with a big corpus in minutes, by COPY: to measure on, not to look at.

Its rows hold what services would have written, with search entries where asked for, and what the
project keeps is counted. There is no event of each row, for nobody did this: the log tells of the
project, its people and its labels alone.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone
from uuid_utils.compat import uuid7

from annotations.anchoring import CONTEXT
from annotations.models import Annotation, AnnotationSet, State
from annotations.sample.labels import SPAN_LABELS
from annotations.sample.prose import Prose, prose
from annotations.schema import current_id
from annotations.services.demo import STATES, Account, Team, make_team
from documents.models import Document, Revision, Split, Status
from documents.search_index import index_documents
from documents.usage import charge
from users.copying import copy_rows

AT_ONCE = 2_000
SPLITS = [Split.TRAIN] * 8 + [Split.DEV, Split.TEST]


@dataclass(frozen=True)
class _New:
    """A document of the corpus: its place in it, its text, and the ids of its rows."""

    number: int
    said: Prose
    digest: str
    document_id: UUID
    revision_id: UUID
    set_id: UUID

    @classmethod
    def of(cls, number: int, said: Prose) -> _New:
        """Return the document of a text."""
        digest = hashlib.sha256(said.text.encode()).hexdigest()
        return cls(number, said, digest, uuid7(), uuid7(), uuid7())


def fill(
    *,
    documents: int,
    annotators: int,
    spans: int,
    seed: int,
    searchable: bool,
    tell: Callable[[int], None],
) -> list[Account]:
    """Make the corpus with `spans` annotations on each document; return the accounts.

    One batch at a time, so memory stays flat; `tell` is called with the count so far. Raises
    SlugTaken when this seed's corpus is there, whole or not.
    """
    accounts: list[Account] = []
    with transaction.atomic():
        team = make_team(annotators, accounts, slug=f"corpus-{seed}", name=f"Corpus {seed}")
    made = (_New.of(*one) for one in enumerate(prose(documents, seed), 1))
    while batch := list(islice(made, AT_ONCE)):
        _write(team, batch, spans, searchable=searchable)
        tell(batch[-1].number)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return accounts


@transaction.atomic
def _write(team: Team, batch: Sequence[_New], spans: int, *, searchable: bool) -> None:
    now = timezone.now()
    shared = {"project": team.project, "created_at": now}
    changed = {**shared, "updated_at": now}
    _copy_documents(batch, changed)
    _copy_revisions(batch, shared)
    if spans:
        _copy_sets(team, batch, changed)
        _copy_annotations(team, batch, spans, changed)
    if searchable:
        index_documents(one.document_id for one in batch)
    kept = sum(len(one.said.text) for one in batch)  # ASCII: as many bytes
    charge(team.project.pk, documents=len(batch), bytes=kept)


def _copy_documents(batch: Sequence[_New], shared: dict[str, Any]) -> None:
    shared = {**shared, "language": "en", "media_type": "text/plain", "status": Status.READY}
    names = ("id", "revision_id", "external_id", "title", "split", "metadata", "sha256")
    rows = (
        (
            one.document_id,
            one.revision_id,
            f"corpus-{one.number:08d}",
            one.said.sentences[0].text[:60],
            SPLITS[one.number % len(SPLITS)],
            {"number": one.number},
            one.digest,
        )
        for one in batch
    )
    _copy(Document, shared, names, rows)


def _copy_revisions(batch: Sequence[_New], shared: dict[str, Any]) -> None:
    extractor = {"extractor": "python", "extractor_version": platform.python_version()}
    names = ("id", "document_id", "text", "length", "sha256", "layout")
    rows = (
        (
            one.revision_id,
            one.document_id,
            one.said.text,
            len(one.said.text),
            one.digest,
            _layout(one.said),
        )
        for one in batch
    )
    _copy(Revision, {**shared, **extractor, "number": 1}, names, rows)


def _layout(said: Prose) -> dict[str, Any]:
    paragraph = {"kind": "paragraph", "start": 0, "end": len(said.text)}
    return {"pages": [], "blocks": [paragraph], "sentences": said.extents}


def _copy_sets(team: Team, batch: Sequence[_New], shared: dict[str, Any]) -> None:
    names = ("id", "document_id", "revision_id", "author_id", "state", "reason")
    rows = (
        (
            one.set_id,
            one.document_id,
            one.revision_id,
            _author(team, one),
            state := STATES[one.number % len(STATES)],
            "Please mark the places, too." if state is State.RETURNED else "",
        )
        for one in batch
    )
    _copy(AnnotationSet, shared, names, rows)


def _copy_annotations(
    team: Team, batch: Sequence[_New], spans: int, shared: dict[str, Any]
) -> None:
    labels = [team.labels[label.name] for label in SPAN_LABELS]
    schema = {"schema_version_id": current_id(team.project.pk)}
    of = ("id", "document_id", "annotation_set_id", "revision_id", "author_id", "label_id")
    rows = (
        (
            uuid7(),
            one.document_id,
            one.set_id,
            one.revision_id,
            _author(team, one),
            labels[number % len(labels)],
            *anchored,
        )
        for one in batch
        for number, anchored in enumerate(_anchors(one.said, spans))
    )
    anchor = ("start", "end", "quote", "prefix", "suffix")
    _copy(Annotation, {**shared, **schema}, (*of, *anchor), rows)


def _author(team: Team, one: _New) -> UUID:
    return team.annotators[one.number % len(team.annotators)].pk


def _anchors(said: Prose, spans: int) -> Iterator[tuple[int, int, str, str, str]]:
    """Yield start, end, quote, prefix and suffix of each span."""
    text = said.text
    for start, end in said.words(spans):
        around = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
        yield start, end, text[start:end], *around


def _copy(
    model: type[Model],
    shared: dict[str, Any],
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Insert rows of which `names` are told one by one; the others have what is `shared`."""
    one = vars(model(**shared))
    known = [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001
    rest = [name for name in known if name not in names and one[name] is not None]
    values = [one[name] for name in rest]
    copy_rows(model, [*names, *rest], ((*row, *values) for row in rows))
