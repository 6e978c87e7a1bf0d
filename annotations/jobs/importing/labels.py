"""The labels that rows name: found in the project, or made where the import may do so."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max

from annotations import schema
from annotations.formats.mapping import RowAnnotation, RowRelation
from annotations.jobs.importing.batch import Prepared
from annotations.jobs.importing.order import ImportOrder, LabelPolicy
from annotations.models import Kind, Label
from documents.models import Job, JobError
from users.services.events import record_many

# Colours that stand apart from each other, for labels that nobody gave one.
COLORS = (
    "#ffd54f",
    "#4fc3f7",
    "#aed581",
    "#f06292",
    "#ba68c8",
    "#ff8a65",
    "#4db6ac",
    "#90a4ae",
    "#dce775",
    "#7986cb",
)
Name = tuple[str, str]


def name_of(said: RowAnnotation | RowRelation) -> Name:
    """Return the kind and the name by which a row means a label."""
    if isinstance(said, RowRelation):
        return (Kind.RELATION, said.label)
    if said.boxes:
        return (Kind.REGION, said.label)
    return (Kind.SPAN if said.anchor else Kind.DOCUMENT, said.label)


class Labels:
    """The labels that a batch names, as they are in the transaction that writes it."""

    def __init__(self, job: Job, order: ImportOrder, prepared: Iterable[Prepared]) -> None:
        self._job, self._order = job, order
        said = [one for each in prepared for one in each.said]
        names = {name_of(one) for one in said}
        # Labels that are made for what has attributes take any of these.
        self._open = {name_of(one) for one in said if one.attributes != "{}"}
        self.found = self._live(names)
        self.missing = sorted(names - self.found.keys())

    def refuse(self, prepared: list[Prepared]) -> tuple[list[Prepared], list[JobError]]:
        """Part those whose labels are there from those that name an unknown one."""
        if self._order.labels is LabelPolicy.CREATE:
            return prepared, []
        fit, errors = [], []
        for each in prepared:
            unknown = [one for one in each.said if name_of(one) not in self.found]
            errors += [_unknown(each, unknown[0])] if unknown else []
            fit += [] if unknown else [each]
        return fit, errors

    def create(self) -> int:
        """Make the labels that are missing; return how many were."""
        if not self.missing or self._order.labels is LabelPolicy.ERROR:
            return 0
        schema.hold(self._job.project_id)
        rows = Label.objects.filter(project=self._job.project)
        first = (rows.aggregate(last=Max("position"))["last"] or -1) + 1
        new = [
            Label(
                project=self._job.project,
                kind=kind,
                name=name,
                position=first + index,
                color=COLORS[(first + index) % len(COLORS)],
                attribute_schema={"type": "object"} if (kind, name) in self._open else None,
            )
            for index, (kind, name) in enumerate(self.missing)
        ]
        # In the order of the names, so that two imports never wait for each other.
        Label.objects.bulk_create(new, ignore_conflicts=True)
        self.found |= self._live(set(self.missing))
        made = {label.pk for label in self.found.values()}
        created = [label for label in new if label.pk in made]
        schema.add_version(author=self._job.created_by, project_id=self._job.project_id)
        record_many(
            actor=self._job.created_by,
            action="label.created",
            targets=[(label, None) for label in created],
            project_id=self._job.project_id,
        )
        return len(created)

    def _live(self, names: set[Name]) -> dict[Name, Label]:
        if not names:
            return {}
        rows = Label.objects.live().filter(
            project=self._job.project, name__in={name for _, name in names}
        )
        found = {(label.kind, label.name): label for label in rows}
        return {name: found[name] for name in names if name in found}


def _unknown(prepared: Prepared, said: RowAnnotation | RowRelation) -> JobError:
    kind, name = name_of(said)
    detail = f"The project has no {kind} label {name!r} in use."
    return prepared.error("label", "unknown_label", detail)
