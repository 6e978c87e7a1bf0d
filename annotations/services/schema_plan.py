"""What a schema document makes of a project's labels: matched, resolved and checked, not written.

A document's entries are dictionaries as the serializer reads them: `kind` and `name`, and maybe
`id`, `position`, `color`, `shortcut`, `description`, `parent`, `attribute_schema`, `joins` and
`archived`. Labels are referred to by id or by name.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone

from annotations import schema
from annotations.errors import InvalidLabel
from annotations.models import Kind, Label
from documents.models import Project

Entry = dict[str, Any]
Snapshot = dict[str, Any]
PLAIN = ("name", "color", "shortcut", "description", "attribute_schema")
JOINABLE = tuple(kind for kind in Kind if kind != Kind.RELATION)
_BESIDE = frozenset({"version", "updated_at"})


@dataclass
class Plan:
    """The labels of a project as a document makes them, with their columns before.

    `given` has a label for each entry, or None where an archived one, which this project does not
    have, is left out.
    """

    project: Project
    entries: list[Entry]
    labels: dict[UUID, Label]
    before: dict[UUID, Snapshot] = field(default_factory=dict)
    given: list[Label | None] = field(default_factory=list)

    @property
    def created(self) -> list[Label]:
        """Return the new labels, in the order of the document."""
        return [label for label in self.labels.values() if label.pk not in self.before]

    @property
    def changed(self) -> list[Label]:
        """Return the labels that were there and become others."""
        return [self.labels[pk] for pk in self.before if self.members(self.labels[pk])]

    def members(self, label: Label) -> list[str]:
        """Return which columns of a label change."""
        before, after = self.before[label.pk], label.snapshot()
        return [name for name in after if after[name] != before[name] and name not in _BESIDE]


def plan(project: Project, entries: list[Entry], *, archive_missing: bool) -> Plan:
    """Return what a document makes of the schema, which is held; raises InvalidLabel."""
    rows = Label.objects.filter(project=project).order_by("position", "pk")
    made = Plan(project, entries, {label.pk: label for label in rows})
    made.before = {pk: label.snapshot() for pk, label in made.labels.items()}
    _match(made)
    names = _Names(made)
    for index, label in enumerate(made.given):
        if label is not None:
            _fill(made, names, index, label)
    if archive_missing:
        _archive(set(made.labels.values()) - {label for label in made.given if label})
    _check(made)
    return made


def _match(made: Plan) -> None:
    """Find the label that each entry means: by id, else a live one by kind and name, else new."""
    by_id = [made.labels.get(entry["id"]) if "id" in entry else None for entry in made.entries]
    taken = {label.pk for label in by_id if label}
    by_name = {
        (label.kind, label.name): label
        for label in made.labels.values()
        if label.archived_at is None and label.pk not in taken
    }
    seen: set[UUID] = set()
    for index, (entry, found) in enumerate(zip(made.entries, by_id, strict=True)):
        label = found
        if label is None and not entry.get("archived"):
            label = by_name.get((entry["kind"], entry["name"]))
            label = label or Label(project=made.project, kind=entry["kind"], name=entry["name"])
        if label is not None:
            _require_own(label, entry, seen, f"/labels/{index}")
            made.labels[label.pk] = label
        made.given.append(label)


def _require_own(label: Label, entry: Entry, seen: set[UUID], at: str) -> None:
    if label.kind != entry["kind"]:
        detail = f"{label.name!r} is a {label.kind} label, and a kind never changes."
        raise InvalidLabel(f"{at}/kind", "another_kind", detail)
    if label.pk in seen:
        raise InvalidLabel(at, "given_twice", "An entry above means the same label.")
    seen.add(label.pk)


def _fill(made: Plan, names: _Names, index: int, label: Label) -> None:
    """Give a label what its entry says; what that does not say stays."""
    entry, at = made.entries[index], f"/labels/{index}"
    for name in PLAIN:
        if name in entry:
            setattr(label, name, entry[name])
    label.position = entry.get("position", index)
    if entry.get("archived"):
        label.archived_at = label.archived_at or timezone.now()
    else:
        label.archived_at = label.merged_into_id = None
    if "parent" in entry:
        label.parent_id = _parent(made, names, entry, f"{at}/parent")
    if "joins" in entry:
        label.joins = _joins(names, entry, f"{at}/joins")


def _parent(made: Plan, names: _Names, entry: Entry, at: str) -> UUID | None:
    """Return the id of the label that an entry lies below; one left out stands for its parent."""
    for _ in range(len(made.entries) + 1):
        if entry.get("parent") is None:
            return None
        found = names.find(entry["parent"], (entry["kind"],), at)
        if isinstance(found, Label):
            return found.pk
        entry = found
    raise InvalidLabel(at, "circular", "The way up leads round in labels that are left out.")


def _joins(names: _Names, entry: Entry, at: str) -> list[list[str]]:
    """Return the pairs that an entry may join, without those with a label that is left out."""
    pairs = []
    for index, join in enumerate(entry["joins"]):
        ends = [
            names.find(join[member], JOINABLE, f"{at}/{index}/{member}")
            for member in ("source", "target")
        ]
        if all(isinstance(end, Label) for end in ends):
            pairs.append([str(end.pk) for end in ends if isinstance(end, Label)])
    return pairs


class _Names:
    """What ids and names mean: the document's own come before those of the project."""

    def __init__(self, made: Plan) -> None:
        own = list(zip(made.entries, made.given, strict=True))
        given = {label.pk for label in made.given if label}
        self._ids: dict[str, Label | Entry] = {str(pk): one for pk, one in made.labels.items()}
        self._ids |= {str(entry["id"]): label or entry for entry, label in own if "id" in entry}
        self._own = {(entry["kind"], entry["name"]): label or entry for entry, label in own}
        self._others = {
            (label.kind, label.name): label
            for label in made.labels.values()
            if label.archived_at is None and label.pk not in given
        }

    def find(self, reference: str, kinds: Collection[str], at: str) -> Label | Entry:
        """Return the label, or the entry left out, that is meant; raises InvalidLabel."""
        if reference in self._ids:
            return self._ids[reference]
        keys = [(kind, reference) for kind in kinds]
        found: list[Label | Entry] = [self._own[key] for key in keys if key in self._own]
        found = found or [self._others[key] for key in keys if key in self._others]
        if not found:
            raise InvalidLabel(at, "unknown_label", "Neither document nor project has such a one.")
        if len(found) > 1:
            detail = "Several labels have this name: give each an id, any, and refer by that."
            raise InvalidLabel(at, "ambiguous_label", detail)
        return found[0]


def _archive(labels: Collection[Label]) -> None:
    for label in labels:
        label.archived_at = label.archived_at or timezone.now()


def _check(made: Plan) -> None:
    """Raise InvalidLabel unless all that changes fits, and each name is one label's."""
    places = {label.pk: f"/labels/{at}" for at, label in enumerate(made.given) if label}
    for pk, at in places.items():
        label = made.labels[pk]
        changed = made.members(label) if pk in made.before else list(label.snapshot())
        if "attribute_schema" in changed:
            schema.check_attribute_schema(label.attribute_schema, at=at)
        if "joins" in changed:
            schema.check_joins(label, made.labels, at=at)
        if "parent_id" in changed:
            schema.check_tree(label, made.labels, at=at)
    schema.check_levels(made.labels, at=places)
    _check_names(made, places)


def _check_names(made: Plan, places: dict[UUID, str]) -> None:
    live = [label for label in made.labels.values() if label.archived_at is None]
    names: dict[tuple[str, str], Label] = {}
    for label in sorted(live, key=lambda label: label.pk in places):
        if names.setdefault((label.kind, label.name), label) is not label:
            detail = f"Another {label.kind} label has this name."
            raise InvalidLabel(f"{places[label.pk]}/name", "label_name_taken", detail)
