"""Take a project's documents and annotations out, in flat memory whatever its size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, QuerySet

from annotations.models import Anchoring, Annotation, AnnotationSet, Relation
from annotations.services.export_records import Record, document_record, set_record
from documents.models import Document, Project, Revision
from documents.offsets import OffsetUnit
from users.models import User

# A batch ends at whichever comes first.
BATCH = 200
BATCH_CHARACTERS = 500_000


class _Said(NamedTuple):
    """What is said of some documents: sets by document, and what is in them by set."""

    sets: dict[UUID, list[AnnotationSet]]
    annotations: dict[UUID, list[Annotation]]
    relations: dict[UUID, list[Relation]]


def records(
    *, reader: User, project: Project, states: Collection[str], unit: OffsetUnit
) -> Iterator[Record]:
    """Yield each ready document with its text and the sets that the reader sees.

    Reads a batch at a time by keyset, each in statements of its own: a slow client holds no
    transaction, no cursor and no connection's memory. `states` limits the sets; empty takes all.
    """
    for documents in _batches(reader, project):
        yield from _records(reader, documents, states, unit)


def _records(
    reader: User, documents: list[Document], states: Collection[str], unit: OffsetUnit
) -> Iterator[Record]:
    """Yield a batch, of which nothing is held any more when the next one is read."""
    said = _said(reader, documents, states)
    texts = _texts(documents, said)
    while documents:
        document = documents.pop(0)
        sets = said.sets[document.pk]
        # While they are on their way to a new text, they come out with the one that they are on.
        revision = texts[sets[0].revision_id if sets else document.revision_id]
        told = [
            set_record(one, said.annotations[one.pk], said.relations[one.pk], texts, unit)
            for one in sets
        ]
        yield document_record(document, revision, unit, told)


def _batches(reader: User, project: Project) -> Iterator[list[Document]]:
    visible = Document.objects.visible_to(reader).live().filter(project=project)
    rows = visible.exclude(revision=None).order_by("id")
    ahead = rows
    while ids := _next_ids(ahead):
        ahead = rows.filter(pk__gt=ids[-1])
        with_text = rows.select_related("revision").defer("revision__layout")
        yield list(with_text.filter(pk__in=ids))


def _next_ids(rows: QuerySet[Document]) -> list[UUID]:
    """Return the first ids of which the texts are few and short enough to be held at once."""
    ids: list[UUID] = []
    held = 0
    for pk, length in rows.values_list("pk", "revision__length")[:BATCH]:
        held += length
        if ids and held > BATCH_CHARACTERS:
            break
        ids.append(pk)
    return ids


def _said(reader: User, documents: list[Document], states: Collection[str]) -> _Said:
    """Return the sets and what is in them, again when they were moved to another text between."""
    while True:
        sets = _sets(reader, documents, states)
        revisions = {one.pk: one.revision_id for several in sets.values() for one in several}
        annotations = _in_sets(Annotation, revisions, "start", "end", "id")
        found = chain.from_iterable(annotations.values())
        placed = (one for one in found if one.anchoring != Anchoring.LOST)
        if all(one.revision_id == revisions[one.annotation_set_id] for one in placed):
            return _Said(sets, annotations, _in_sets(Relation, revisions, "id"))


def _sets(
    reader: User, documents: list[Document], states: Collection[str]
) -> dict[UUID, list[AnnotationSet]]:
    ids = [document.pk for document in documents]
    rows = AnnotationSet.objects.visible_to(reader).filter(document_id__in=ids)
    if states:
        rows = rows.filter(state__in=states)
    found: dict[UUID, list[AnnotationSet]] = defaultdict(list)
    for annotation_set in rows.select_related("author", "model_run").order_by("id"):
        found[annotation_set.document_id].append(annotation_set)
    return found


def _in_sets(
    model: type[Annotation | Relation], set_ids: Collection[UUID], *order: str
) -> dict[UUID, list[Any]]:
    """Return what is in sets, by set, each with the number of the schema's version."""
    rows = model.objects.live().filter(annotation_set_id__in=list(set_ids))
    with_label = rows.select_related("label").annotate(schema_number=F("schema_version__number"))
    ordered = with_label.order_by("annotation_set_id", *order)
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in ordered:
        found[row.annotation_set_id].append(row)
    return found


def _texts(documents: list[Document], said: _Said) -> dict[UUID | None, Revision]:
    """Return the texts that the sets and annotations count by, which are few but the present."""
    known: dict[UUID | None, Revision] = {one.revision_id: one.revision for one in documents}  # type: ignore[misc]
    wanted = {one.revision_id for several in said.sets.values() for one in several}
    wanted |= {one.revision_id for several in said.annotations.values() for one in several}
    return known | Revision.objects.defer("layout").in_bulk([*wanted - known.keys()])
