"""What a label has to fit among the others of its project; to be asked while the schema is held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from annotations.attributes import AttributeSchemaError, check_schema
from annotations.errors import InvalidLabel
from annotations.models import Kind, Label

MAX_LEVELS = 8
MAX_JOINS = 1_000
Labels = Mapping[UUID, Label]


def check_attribute_schema(schema: dict[str, Any] | None, *, at: str = "") -> None:
    """Raise InvalidLabel unless a label may have the schema; `at` points to the label."""
    if schema is None:
        return
    try:
        check_schema(schema)
    except AttributeSchemaError as error:
        pointer = f"{at}/attribute_schema{error.pointer}"
        raise InvalidLabel(pointer, error.code, error.detail) from error


def check_tree(label: Label, labels: Labels, *, at: str = "") -> None:
    """Raise InvalidLabel unless the label may lie where it does among all of the project.

    Its parent is a live label of its kind, and the way up does not lead back; see `check_levels`.
    """
    if label.parent_id is None:
        return
    pointer, parent = f"{at}/parent", labels.get(label.parent_id)
    if parent is None:
        raise InvalidLabel(pointer, "unknown_label", "The project has no such label.")
    if parent.kind != label.kind:
        detail = f"{parent.name!r} is a {parent.kind} label, this one is for a {label.kind}."
        raise InvalidLabel(pointer, "another_kind", detail)
    if parent.archived_at is not None:
        raise InvalidLabel(pointer, "archived_label", f"{parent.name!r} is archived.")
    if _leads_back(label, labels):
        raise InvalidLabel(pointer, "circular", "The way up leads back to the label itself.")


def check_levels(labels: Labels, *, at: Mapping[UUID, str]) -> None:
    """Raise InvalidLabel unless the labels lie on at most MAX_LEVELS; `at` points to some."""
    deep = next((one for one in labels.values() if _level(one, labels) > MAX_LEVELS), None)
    if deep is not None:
        pointer = f"{at.get(deep.pk, '')}/parent"
        raise InvalidLabel(pointer, "too_deep", f"Labels have at most {MAX_LEVELS} levels.")


def check_joins(label: Label, labels: Labels, *, at: str = "") -> None:
    """Raise InvalidLabel unless the label may join what it says: labels that are no relations."""
    if label.joins and label.kind != Kind.RELATION:
        raise InvalidLabel(f"{at}/joins", "not_a_relation", "Only relation labels join others.")
    if len(label.joins) > MAX_JOINS:
        raise InvalidLabel(f"{at}/joins", "too_many", f"Expected at most {MAX_JOINS} pairs.")
    seen = set()
    for index, (source, target) in enumerate(label.joins):
        if (source, target) in seen:
            pointer = f"{at}/joins/{index}"
            raise InvalidLabel(pointer, "given_twice", "This pair stands above already.")
        seen.add((source, target))
        for member, joined in (("source", source), ("target", target)):
            _require_joinable(labels.get(UUID(joined)), f"{at}/joins/{index}/{member}")


def _require_joinable(label: Label | None, pointer: str) -> None:
    if label is None:
        raise InvalidLabel(pointer, "unknown_label", "The project has no such label.")
    if label.kind == Kind.RELATION:
        detail = f"{label.name!r} is a relation label; relations join what is no relation."
        raise InvalidLabel(pointer, "another_kind", detail)


def _leads_back(label: Label, labels: Labels) -> bool:
    """Return whether the way up from a label comes to it again; others' circles end the way."""
    seen, above = set(), label.parent_id
    while above is not None and above not in seen:
        if above == label.pk:
            return True
        seen.add(above)
        above = labels[above].parent_id
    return False


def _level(label: Label, labels: Labels) -> int:
    """Return on which level from the top, from 1, a label lies, counted up to one too many."""
    level, above = 1, label.parent_id
    while above is not None and level <= MAX_LEVELS:
        level, above = level + 1, labels[above].parent_id
    return level
