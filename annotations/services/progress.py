"""How far a project is, at the same cost however large it is."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from annotations.models import State
from documents import tallies
from documents.models import Membership, Project, Role, Status
from users.models import User


def progress(*, reader: User, project: Project) -> dict[str, Any]:
    """Return how many documents and sets are in which state, as far as the reader sees sets."""
    sees_all = _sees_all_sets(reader, project)
    found = tallies.counts(
        project.pk, reader=reader.pk, sees_all=sees_all, open_to_all=State.APPROVED
    )
    return {
        "documents": {status.value: found.get(("document", status), 0) for status in Status},
        "annotation_sets": {state.value: found.get(("set", state), 0) for state in State},
        "annotated_documents": found.get(("annotated", ""), 0) if sees_all else None,
    }


def _sees_all_sets(reader: User, project: Project) -> bool:
    """Return whether AnnotationSetQuerySet.visible_to keeps all sets of the project."""
    if reader.is_superuser or not project.is_blind:
        return True
    mine = Membership.objects.filter(user=reader, project=project)
    return mine.filter(~Q(role=Role.ANNOTATOR)).exists()
