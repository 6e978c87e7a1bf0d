"""Whatever is put and said in whatever order: a set holds what a model of it in Python holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotations.models import Kind, Label
from documents.models import Project
from tests.annotations.set_content import put, read
from tests.client import Client
from tests.factories import DocumentFactory, LabelFactory

pytestmark = pytest.mark.django_db
PLACES = [(0, 3), (4, 12), (13, 18), (22, 27)]
BODIES = ["", "a", "b"]
SAID = ("start", "end", "body")
JOINED = ("source", "target", "body")


@dataclass
class Row:
    """An annotation or a relation; `gone` is the moment at which it was deleted."""

    said: dict[str, Any]
    version: int = 1
    gone: object = None

    def become(self, said: dict[str, Any], gone: object = None) -> None:
        """Take over what is said; a version comes with what differs."""
        if (self.said, self.gone) != (said, gone):
            self.said, self.gone = said, gone
            self.version += 1


@dataclass
class Model:
    """What a set should hold."""

    annotations: dict[str, Row] = field(default_factory=dict)
    relations: dict[str, Row] = field(default_factory=dict)

    def put(self, annotations: dict[str, Any], relations: dict[str, Any]) -> None:
        now = object()
        for rows, told in ((self.annotations, annotations), (self.relations, relations)):
            for pk, row in rows.items():
                if pk not in told and row.gone is None:
                    row.become(row.said, now)
            for pk, said in told.items():
                if pk in rows:
                    rows[pk].become(said)
                else:
                    rows[pk] = Row(said)

    def delete(self, pk: str) -> None:
        now = object()
        for row in (self.annotations[pk], *self._of(pk, None)):
            row.become(row.said, now)

    def restore(self, pk: str) -> None:
        row = self.annotations[pk]
        with_it = self._of(pk, row.gone)
        row.become(row.said)
        for one in with_it:
            ends = [self.annotations[one.said[end]].gone for end in ("source", "target")]
            others = [gone for gone in ends if gone]
            one.gone = others[0] if others else None
            one.version += 1

    def _of(self, pk: str, gone: object) -> list[Row]:
        ends = [
            one
            for one in self.relations.values()
            if pk in {one.said["source"], one.said["target"]} and one.gone is gone
        ]
        return ends if gone is None else [one for one in ends if one.gone]

    def live(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return _live(self.annotations), _live(self.relations)


def _live(rows: dict[str, Row]) -> dict[str, Any]:
    return {pk: (row.said, row.version) for pk, row in rows.items() if row.gone is None}


@dataclass
class World:
    """A client with a set of its own, and the model of that."""

    client: Client
    document: Any
    set_id: str
    labels: tuple[str, str]
    model: Model = field(default_factory=Model)

    def check(self) -> None:
        content, tag = read(self.client, self.set_id)
        assert read(self.client, self.set_id)[1] == tag
        shown = [
            {
                one["id"]: (
                    {n: one[f"{n}_id" if n in {"source", "target"} else n] for n in names},
                    one["version"],
                )
                for one in rows
            }
            for rows, names in ((content["annotations"], SAID), (content["relations"], JOINED))
        ]
        assert tuple(shown) == self.model.live()

    def put(self, draw: Any) -> None:
        known = [*self.model.annotations, *_new(2)]
        ids = draw(st.lists(st.sampled_from(known), unique=True, max_size=4))
        spans = {pk: self._span(draw, pk) for pk in ids}
        joints = self._joints(draw, ids)
        content = {
            "annotations": [
                {"id": pk, "label": self.labels[0], **said} for pk, said in spans.items()
            ],
            "relations": [
                {"id": pk, "label": self.labels[1], **said} for pk, said in joints.items()
            ],
        }
        response = put(self.client, self.set_id, content)
        assert response.status_code == 200, response.content
        self.model.put(spans, joints)

    def say(self, draw: Any) -> None:
        said = self._span(draw, "")
        path = f"/documents/{self.document.pk}/annotations"
        made = self.client.post(path, {"label": self.labels[0], **said})
        self.model.annotations[made.json()["id"]] = Row(said)

    def change(self, draw: Any) -> None:
        pk = self._any(draw, gone=False)
        if pk:
            row, body = self.model.annotations[pk], draw(st.sampled_from(["c", "d"]))
            changed = self.client.patch(f"/annotations/{pk}", {"body": body}, If_Match="*")
            assert changed.status_code == 200
            row.said, row.version = row.said | {"body": body}, row.version + 1

    def delete(self, draw: Any) -> None:
        pk = self._any(draw, gone=False)
        if pk:
            assert self.client.delete(f"/annotations/{pk}", If_Match="*").status_code == 204
            self.model.delete(pk)

    def restore(self, draw: Any) -> None:
        pk = self._any(draw, gone=True)
        if pk:
            assert self.client.post(f"/annotations/{pk}/restore").status_code == 200
            self.model.restore(pk)

    def _any(self, draw: Any, *, gone: bool) -> str | None:
        rows = self.model.annotations
        ids = [pk for pk, row in rows.items() if bool(row.gone) is gone]
        return draw(st.sampled_from(ids)) if ids else None

    def _span(self, draw: Any, pk: str) -> dict[str, Any]:
        if pk in self.model.annotations and draw(st.booleans()):
            return self.model.annotations[pk].said
        start, end = draw(st.sampled_from(PLACES))
        return {"start": start, "end": end, "body": draw(st.sampled_from(BODIES))}

    def _joints(self, draw: Any, ids: list[str]) -> dict[str, Any]:
        """Return relations between annotations that there will be, one each way at most."""
        ways = [(one, two) for one in ids for two in ids if one != two]
        chosen = draw(st.lists(st.sampled_from(ways), unique=True, max_size=3)) if ways else []
        known = {
            (row.said["source"], row.said["target"]): pk
            for pk, row in sorted(self.model.relations.items(), key=lambda one: not one[1].gone)
        }
        return {
            known.get(way) or _new(1)[0]: {
                "source": way[0],
                "target": way[1],
                "body": draw(st.sampled_from(BODIES)),
            }
            for way in chosen
        }


def _new(many: int) -> list[str]:
    return [str(uuid4()) for _ in range(many)]


STEPS = [World.put, World.put, World.say, World.change, World.delete, World.restore]


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_a_set_holds_what_the_model_holds(
    annotator: Client, project: Project, label: Label, data: st.DataObject
) -> None:
    likes = LabelFactory.create(project=project, kind=Kind.RELATION)
    document = DocumentFactory.create(project=project)
    opened = annotator.post(f"/documents/{document.pk}/annotation-sets").json()["id"]
    world = World(annotator, document, opened, (str(label.pk), str(likes.pk)))
    for step in data.draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=8)):
        step(world, data.draw)
        world.check()
