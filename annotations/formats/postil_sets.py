"""Read what the sets of an exported document say.

They become one, for whoever imports answers for all of it: what several say alike is said once.
What was lost has its place in a text that is not in the record, so that it is told and left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from annotations.anchoring import Anchor, AnchorError, anchor
from annotations.formats.mapping import RowAnnotation, RowBox, RowRelation, properties
from annotations.formats.mapping.properties import wrong_type
from annotations.formats.rows import Fields, RowError, RowFault
from documents.offsets import OffsetUnit

_TAKEN = frozenset({"span", "document", "region"})
QUOTED = 200


def objects(name: str, fields: Fields, place: str = "") -> list[Fields]:
    """Return the objects that a member lists; raises RowFault at the place."""
    found = fields.get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise wrong_type("an array of objects", found).at(place or name)
    return found


class Said:
    """What the sets so far say of a text, each thing once."""

    def __init__(self, text: str, unit: OffsetUnit) -> None:
        self.annotations: list[RowAnnotation] = []
        self.left_out: list[RowError] = []
        self._text, self._unit = text, unit
        self._places: dict[Any, int] = {}
        self._relations: dict[tuple[str, int, int], RowRelation] = {}

    @property
    def relations(self) -> list[RowRelation]:
        """Return the relations between the annotations, by these' places."""
        return list(self._relations.values())

    def add(self, one: Fields, place: str) -> None:
        """Take in what a set says; raises RowFault at its place in the document."""
        by_id: dict[Any, int | None] = {}
        lost = objects("lost", one, f"{place}/lost") if "lost" in one else []
        for index, said in enumerate(lost):
            self._leave_out(f"{place}/lost/{index}", said)
            by_id[said.get("id")] = None  # nor has what leads to it a place
        listed = objects("annotations", one, f"{place}/annotations")
        for index, said in enumerate(listed):
            found = _at(f"{place}/annotations/{index}", self._annotation, said)
            by_id[said.get("id")] = self._place(found)
        if "relations" in one:
            for index, said in enumerate(objects("relations", one, f"{place}/relations")):
                where = f"{place}/relations/{index}"
                _at(where, self._join, said, by_id, where)

    def _leave_out(self, place: str, said: Fields) -> None:
        label = _at(place, _label, said)
        quote = f" on “{str(said['quote'])[:QUOTED]}”" if said.get("quote") else ""
        detail = f"{label}{quote} has no place in the exported text, and is left out."
        self.left_out.append(RowError(place, "lost", detail))

    def _place(self, found: RowAnnotation) -> int:
        """Return the place of an annotation; each label is said once of the document."""
        is_whole = not found.anchor and not found.boxes
        key = found.label if is_whole else found
        if key not in self._places:
            self._places[key] = len(self.annotations)
            self.annotations.append(found)
        return self._places[key]

    def _annotation(self, said: Fields) -> RowAnnotation:
        kind = said.get("kind")
        if kind not in _TAKEN:
            raise RowFault("unsupported_kind", f"Labels of the kind {kind!r} are not imported.")
        parts = self._parts(said) if kind == "span" else []
        return RowAnnotation(
            _label(said),
            _from_end_to_end(parts) if parts else None,
            properties.body(said.get("body") or ""),
            properties.confidence(said.get("confidence")),
            tuple((part.start, part.end) for part in parts) if len(parts) > 1 else (),
            tuple(_box(one) for one in objects("boxes", said)) if kind == "region" else (),
            _attributes(said),
        )

    def _parts(self, said: Fields) -> list[Anchor]:
        if not said.get("fragments"):
            return [self._anchor(said)]
        parts = [self._anchor(one) for one in objects("fragments", said)]
        if any(after.start <= before.end for before, after in pairwise(parts)):
            raise RowFault("fragments_in_disorder", "Fragments ascend and do not touch.")
        return parts

    def _anchor(self, said: Fields) -> Anchor:
        start, end = (properties.offset(said.get(name)) for name in ("start", "end"))
        quote = str(said.get("quote"))
        try:
            return anchor(self._text, start=start, end=end, quote=quote, unit=self._unit)
        except AnchorError as error:
            raise RowFault(error.code, error.detail) from error

    def _join(self, said: Fields, by_id: dict[Any, int | None], place: str) -> None:
        """Add a relation unless what it joins has become one, or an end was lost."""
        ends = [said.get("source"), said.get("target")]
        if not all(isinstance(end, str) and end in by_id for end in ends):
            raise RowFault("unknown_annotation", "The set has no such annotation.")
        source, target = (by_id[end] for end in ends)
        if source is None or target is None:
            self._leave_out(place, said)
            return
        if source == target:
            return
        found = RowRelation(
            _label(said),
            source,
            target,
            properties.body(said.get("body") or ""),
            properties.confidence(said.get("confidence")),
            _attributes(said),
        )
        self._relations.setdefault((found.label, source, target), found)


def _at(place: str, take: Callable[..., Any], *given: Any) -> Any:
    try:
        return take(*given)
    except RowFault as fault:
        raise fault.at(place) from fault


def _from_end_to_end(parts: list[Anchor]) -> Anchor:
    first, last = parts[0], parts[-1]
    quote = " ".join(part.quote for part in parts)
    return Anchor(first.start, last.end, quote, first.prefix, last.suffix)


def _label(said: Fields) -> str:
    label = said.get("label")
    return properties.label(label.get("name") if isinstance(label, dict) else label)


def _attributes(said: Fields) -> str:
    found = said.get("attributes") or {}
    if not isinstance(found, dict):
        raise wrong_type("an object", found)
    properties.metadata(found)
    return json.dumps(found, sort_keys=True, ensure_ascii=False)


def _box(said: Fields) -> RowBox:
    names = ("page", "left", "top", "right", "bottom")
    numbers = [said.get(name) for name in names]
    for number in numbers:
        if not isinstance(number, int | float) or isinstance(number, bool) or number < 0:
            raise wrong_type("numbers from 0 on", number)
    return RowBox(properties.offset(numbers[0]), *numbers[1:])  # type: ignore[arg-type]
