"""What uses a label: what archiving, merging or splitting it concerns."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from annotations.models import Annotation, Kind, Label, Relation, State


@dataclass(frozen=True)
class Usage:
    """How many annotations (or relations, of a relation label) there are, and where.

    All but `deleted` count what is not deleted; `by_state` counts by the state of their sets,
    `children` and `joining` the live labels below this one, and those that may join it.
    """

    annotations: int
    relations: int
    deleted: int
    sets: int
    documents: int
    by_state: dict[str, int]
    children: int
    joining: int

    @property
    def is_in_use(self) -> bool:
        """Return whether anything that is not deleted has the label."""
        return bool(self.annotations or self.relations)

    def __str__(self) -> str:
        said = f"{self.annotations} annotations and {self.relations} relations have it"
        return f"{said}, in {self.sets} sets of {self.documents} documents."

    def as_members(self) -> dict[str, Any]:
        """Return it as an answer shows it."""
        return asdict(self)


def usage_of_label(label: Label) -> Usage:
    """Return what uses a label."""
    return usage_of(label, said_with(label))


def said_with(label: Label) -> QuerySet[Any]:
    """Return the annotations with a label, or the relations, whichever it is for; deleted too."""
    model = Relation if label.kind == Kind.RELATION else Annotation
    rows: QuerySet[Any] = model.objects.filter(project_id=label.project_id, label=label)
    return rows


def usage_of(label: Label, rows: QuerySet[Any]) -> Usage:
    """Return what there is among rows with a label, as `said_with` has them."""
    live = Q(deleted_at=None)
    states = {
        state.value: Count("pk", filter=live & Q(annotation_set__state=state)) for state in State
    }
    found = rows.aggregate(
        live=Count("pk", filter=live),
        deleted=Count("pk", filter=~live),
        sets=Count("annotation_set", filter=live, distinct=True),
        documents=Count("document", filter=live, distinct=True),
        **states,
    )
    others = Label.objects.live().filter(project_id=label.project_id)
    joining = others.exclude(joins=[]).values_list("joins", flat=True)
    return Usage(
        annotations=0 if label.kind == Kind.RELATION else found["live"],
        relations=found["live"] if label.kind == Kind.RELATION else 0,
        deleted=found["deleted"],
        sets=found["sets"],
        documents=found["documents"],
        by_state={state: found[state] for state in states},
        children=others.filter(parent=label).count(),
        joining=sum(any(str(label.pk) in pair for pair in pairs) for pairs in joining),
    )
