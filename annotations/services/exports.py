"""Take a project's documents and annotations out, in flat memory whatever its size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import accumulate, chain
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, QuerySet

from annotations.formats import jsonl
from annotations.models import Anchoring, Annotation, AnnotationSet, Relation
from annotations.services.export_lines import lines_of
from annotations.services.export_records import Record, document_record, set_record
from documents.models import Document, Project, Revision
from documents.offsets import OffsetUnit
from users.models import User

# A batch ends at whichever comes first.
BATCH = 500
BATCH_CHARACTERS = 750_000
# The id of a document, its text's length and when it was deleted.
_Found = tuple[UUID, int | None, datetime | None]


class _Said(NamedTuple):
    """What is said of some documents: sets by document, and what is in them by set."""

    sets: dict[UUID, list[AnnotationSet]]
    annotations: dict[UUID, list[Annotation]]
    relations: dict[UUID, list[Relation]]


def lines(
    *, reader: User, project: Project, states: Collection[str], unit: OffsetUnit
) -> Iterator[bytes]:
    """Yield each ready document with its text and the sets that the reader sees, as JSON Lines.

    Many lines at a time. PostgreSQL writes them, where offsets count what it counts: code points.
    """
    if unit is not OffsetUnit.CODE_POINTS:
        return jsonl.write(records(reader=reader, project=project, states=states, unit=unit))
    return _written(reader, project, states)


def _written(reader: User, project: Project, states: Collection[str]) -> Iterator[bytes]:
    ready = _ready(reader, project)
    for ids in _batches(reader, project):
        told = lines_of(ids, ready, _visible_sets(reader, ids, states))
        left = [pk for pk, line in told if line is None]
        more = _read_left(reader, ready.filter(pk__any_of=left), states) if left else {}
        yield b"".join(line.encode() if line else more.get(pk, b"") for pk, line in told)


def _read_left(
    reader: User, rows: QuerySet[Document], states: Collection[str]
) -> dict[UUID, bytes]:
    """Return the lines that are left to Python, by their documents."""
    told = list(_records(reader, rows, states, OffsetUnit.CODE_POINTS))
    return dict(zip((each["id"] for each in told), jsonl.write(told), strict=True))


def records(
    *, reader: User, project: Project, states: Collection[str], unit: OffsetUnit
) -> Iterator[Record]:
    """Yield each ready document with its text and the sets that the reader sees.

    Reads a batch at a time by keyset, each in statements of its own: a slow client holds no
    transaction, no cursor and no connection's memory. `states` limits the sets; empty takes all.
    """
    ready = _ready(reader, project)
    for ids in _batches(reader, project):
        yield from _records(reader, ready.filter(pk__any_of=ids), states, unit)


def _records(
    reader: User, rows: QuerySet[Document], states: Collection[str], unit: OffsetUnit
) -> Iterator[Record]:
    """Yield a batch, of which nothing is held any more when the next one is read."""
    documents = list(rows.select_related("revision").defer("revision__layout"))
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


def _ready(reader: User, project: Project) -> QuerySet[Document]:
    visible = Document.objects.visible_to(reader).live().filter(project=project)
    return visible.exclude(revision=None).order_by("id")


def _batches(reader: User, project: Project) -> Iterator[list[UUID]]:
    """Yield the ids of a few documents at a time, of which the texts can be held at once.

    Deleted ones are passed by here rather than in the database: it would take their absence for
    a reason to read and sort all others, batch by batch, where nothing is known yet of the table.
    """
    rows = Document.objects.visible_to(reader).filter(project=project).order_by("id")
    ahead = rows
    while found := list(ahead.values_list("pk", "revision__length", "deleted_at")[:BATCH]):
        within = _held_at_once(found)
        if ids := [pk for pk, length, deleted in within if length is not None and not deleted]:
            yield ids
        ahead = rows.filter(pk__gt=within[-1][0])


def _held_at_once(found: list[_Found]) -> list[_Found]:
    """Return the first of some documents, at least one, as long as their texts are short enough."""
    held = accumulate(length or 0 for _, length, _ in found)
    fitting = sum(1 for characters in held if characters <= BATCH_CHARACTERS)
    return found[: max(fitting, 1)]


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
    rows = _visible_sets(reader, [document.pk for document in documents], states)
    found: dict[UUID, list[AnnotationSet]] = defaultdict(list)
    for annotation_set in rows.select_related("author", "model_run").order_by("id"):
        found[annotation_set.document_id].append(annotation_set)
    return found


def _visible_sets(
    reader: User, document_ids: Collection[UUID], states: Collection[str]
) -> QuerySet[AnnotationSet]:
    rows = AnnotationSet.objects.visible_to(reader).filter(document__id__any_of=document_ids)
    return rows.filter(state__in=states) if states else rows


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
