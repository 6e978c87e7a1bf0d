"""Whatever two people did: a restoration brings back what there was at a moment of the past."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from annotations.models import Annotation, AnnotationSet, Kind, Label, Relation, SetKind
from annotations.services import annotations as writing
from annotations.services import relations as joining
from annotations.services.sets import open_set
from config.api.concurrency import ANY_VERSION
from config.api.problems import Problem
from documents.models import Document, Project, Role
from documents.offsets import OffsetUnit
from tests.annotations.restoring import left, live, restored, state
from tests.client import Client
from tests.factories import DocumentFactory, LabelFactory, MembershipFactory
from users.copying import as_json
from users.models import Event, User

pytestmark = pytest.mark.django_db
STEPS = 40
MODELS: dict[str, Any] = {"annotation": Annotation, "relation": Relation}


class Writer:
    """Somebody who changes whatever they may, by chance."""

    def __init__(self, chance: random.Random, user: User, documents: list[Document]) -> None:
        self.chance, self.user, self.documents = chance, user, documents
        self.project = documents[0].project

    def step(self) -> None:
        """Do one thing, if it can be done."""
        acts = (self.say, self.say, self.change, self.change, self.delete, self.restore)
        with suppress(Problem, IndexError):  # IndexError: there is nothing to do it to
            self.chance.choice((*acts, self.join, self.join, self.loosen, self.bring))()

    def one(self, rows: Any) -> Any:
        """Return one of the rows that the writer may write."""
        mine = rows.filter(annotation_set__author=self.user)
        shared = rows.filter(annotation_set__kind=SetKind.GOLD)
        return self.chance.choice(list((mine | shared).order_by("pk")))

    def fields(self) -> dict[str, Any]:
        kind = self.chance.choice([Kind.SPAN, Kind.SPAN, Kind.DOCUMENT])
        labels = Label.objects.filter(project=self.project, kind=kind).order_by("pk")
        told: dict[str, Any] = {"label": self.chance.choice(list(labels)).pk}
        if kind == Kind.SPAN:
            start = self.chance.randint(0, 20)
            told |= {"start": start, "end": start + self.chance.randint(1, 5)}
        return told | {"body": str(self.chance.random()), "confidence": self.chance.random()}

    def say(self) -> None:
        document = self.chance.choice(self.documents)
        sets = AnnotationSet.objects.filter(document=document, kind=SetKind.GOLD)
        writing.create_annotation(
            author=self.user,
            document=document,
            fields=self.fields(),
            unit=OffsetUnit.CODE_POINTS,
            set_id=self.chance.choice([None, sets.get().pk]),
        )

    def change(self) -> None:
        one = self.one(Annotation.objects.live())
        changes = self.fields()
        if one.start is None:  # a label of its kind
            changes = {"body": changes["body"]}
        writing.update_annotation(
            author=self.user,
            annotation=one,
            precondition=ANY_VERSION,
            changes=changes,
            unit=OffsetUnit.CODE_POINTS,
        )

    def delete(self) -> None:
        one = self.one(Annotation.objects.live())
        writing.delete_annotation(author=self.user, annotation=one, precondition=ANY_VERSION)

    def restore(self) -> None:
        one = self.one(Annotation.objects.all())
        version = self.chance.choice([None, self.chance.randint(1, one.version)])
        writing.restore_annotation(author=self.user, annotation=one, version=version)

    def join(self) -> None:
        source = self.one(Annotation.objects.live())
        of_set = Annotation.objects.live().filter(annotation_set=source.annotation_set_id)
        label = Label.objects.get(project=self.project, kind=Kind.RELATION)
        fields = {"label": label.pk, "source": source.pk, "target": self.one(of_set).pk}
        joining.create_relation(author=self.user, document=source.document, fields=fields)

    def loosen(self) -> None:
        one = self.one(Relation.objects.live())
        joining.delete_relation(author=self.user, relation=one, precondition=ANY_VERSION)

    def bring(self) -> None:
        joining.restore_relation(author=self.user, relation=self.one(Relation.objects.all()))


def replayed(project: Project) -> dict[str, Any]:
    """Return the rows as the log alone tells of them."""
    rows: dict[str, Any] = {}
    for event in Event.objects.filter(project_id=project.pk, target_type__in=MODELS).order_by("pk"):
        known = rows.get(str(event.target_id))
        assert known == event.before
        rows[str(event.target_id)] = event.after
    return rows


def table(project: Project) -> dict[str, Any]:
    """Return the rows as the log writes them."""
    return {
        str(row.pk): json.loads(as_json(row.snapshot()))
        for model in MODELS.values()
        for row in model.objects.filter(project=project)
    }


@pytest.fixture(params=[True, False], ids=["free", "strict"])
def documents(project: Project, request: pytest.FixtureRequest) -> list[Document]:
    """Return documents with gold sets, of a project where spans may overlap or may not."""
    Project.objects.filter(pk=project.pk).update(allows_overlap=request.param)
    project.refresh_from_db()
    for kind in (Kind.SPAN, Kind.SPAN, Kind.DOCUMENT, Kind.DOCUMENT, Kind.RELATION):
        LabelFactory.create(project=project, kind=kind)
    made: list[Document] = DocumentFactory.create_batch(2, project=project)
    opener = MembershipFactory.create(project=project, role=Role.CURATOR).user
    for document in made:
        open_set(author=opener, document=document, kind=SetKind.GOLD)
    return made


def worked(
    chance: random.Random, documents: list[Document]
) -> tuple[list[Writer], list[tuple[datetime, dict[str, Any]]]]:
    """Have two people work on documents; return them, and each moment with what there was."""
    people = [
        MembershipFactory.create(project=documents[0].project, role=Role.CURATOR).user
        for _ in range(2)
    ]
    writers = [Writer(chance, user, documents) for user in people]
    moments = []
    for _ in range(STEPS):
        moments.append((timezone.now(), state(documents[0].project)))
        chance.choice(writers).step()
    return writers, moments


@pytest.mark.parametrize("seed", range(12))
def test_all_of_it(project: Project, documents: list[Document], curator: Client, seed: int) -> None:
    chance = random.Random(seed)
    _, moments = worked(chance, documents)
    now, end = state(project), timezone.now()
    at, then = chance.choice(moments)
    job = restored(curator, project, at)
    assert left(job) == []
    found = state(project)
    assert {pk: found[pk] for pk in then} == then
    assert live(project).keys() <= then.keys()
    assert replayed(project) == table(project)
    restored(curator, project, end)
    assert live(project) == {pk: row for pk, row in now.items() if row["deleted_at"] is None}
    assert replayed(project) == table(project)


@pytest.mark.parametrize("seed", range(12))
def test_what_one_of_them_did(
    project: Project, documents: list[Document], curator: Client, seed: int
) -> None:
    chance = random.Random(seed)
    writers, moments = worked(chance, documents)
    at, then = chance.choice(moments)
    now, user = state(project), writers[0].user
    since = Event.objects.filter(target_type__in=MODELS, pk__gt=_position(at))
    touched = {
        who: {str(pk) for pk in rows.values_list("target_id", flat=True)}
        for who, rows in (("me", since.filter(actor=user)), ("other", since.exclude(actor=user)))
    }
    job = restored(curator, project, at, user=str(user.pk))
    stay = {entry for entry, *_ in left(job)}
    found, there = state(project), live(project)
    assert {pk for pk, *_, code in left(job) if code == "changed_since"} <= touched["other"]
    for pk, row in found.items():
        if pk not in touched["me"] or pk in stay:
            assert row == now[pk]
        elif pk in then:
            assert row == then[pk]
        else:
            assert pk not in there
    for row in there.values():  # nothing leads from or to what is not there
        assert {str(row[end]) for end in ("source_id", "target_id") if end in row} <= there.keys()
    assert replayed(project) == table(project)


def _position(at: datetime) -> int:
    last: int = Event.objects.filter(at__lte=at).latest("pk").pk
    return last
