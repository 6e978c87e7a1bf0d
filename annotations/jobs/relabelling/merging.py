"""What becomes of the other labels when one is merged into another."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from annotations.models import Label


def rewrite(labels: Mapping[UUID, Label], source: UUID, into: UUID) -> None:
    """Put one label in the place of another among all of a project, unsaved: above, and in joins.

    Where the label lies below the one that goes, it takes that one's place first, so that no way
    up leads back.
    """
    above = labels[into].parent_id
    while above is not None and above != source:
        above = labels[above].parent_id
    if above == source:
        labels[into].parent_id = labels[source].parent_id
    for label in labels.values():
        if label.parent_id == source:
            label.parent_id = into
        label.joins = _joins(label.joins, str(source), str(into))


def _joins(pairs: list[list[str]], source: str, into: str) -> list[list[str]]:
    """Return the pairs with one label for another, each once."""
    put = [tuple(into if one == source else one for one in pair) for pair in pairs]
    return [list(pair) for pair in dict.fromkeys(put)]
