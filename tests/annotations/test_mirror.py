"""Who follows the feed of a project over HTTP has exactly its rows, whatever overlaps meanwhile."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, transaction

from annotations.models import Annotation, AnnotationSet, Kind, Label
from annotations.services import annotations as writing
from config.api.concurrency import ANY_VERSION
from documents.models import Document, Project, Role
from documents.offsets import OffsetUnit
from tests.client import Client
from tests.factories import DocumentFactory, MembershipFactory
from users.copying import as_json
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)
MODELS: dict[str, Any] = {
    "annotation": Annotation,
    "annotationset": AnnotationSet,
    "label": Label,
    "document": Document,
}
WRITERS = 4
STEPS = 25


class Mirror:
    """Rows as the feed tells of them: by type and id, the columns after the last event."""

    def __init__(self, client: Client, project: Project) -> None:
        self.client = client
        self.path = f"/projects/{project.pk}/events"
        self.cursor = ""
        self.rows: dict[tuple[str, str], Any] = {}
        self.seen: list[int] = []

    def follow(self, limit: int) -> None:
        """Read all that there is, a page after the other."""
        has_more = True
        while has_more:
            after = f"&after={self.cursor}" if self.cursor else ""
            page = self.client.get(f"{self.path}?limit={limit}{after}").json()
            for event in page["results"]:
                self._apply(event)
            self.cursor, has_more = page["cursor"], page["has_more"]

    def _apply(self, event: Any) -> None:
        self.seen.append(event["id"])
        if event["target_type"] not in MODELS:
            return
        key = (event["target_type"], event["target_id"])
        known = self.rows.get(key)
        assert (known is None) == (event["before"] is None)
        if known is not None:  # nothing is left out between, and nothing comes before its cause
            assert {name: known[name] for name in event["before"]} == event["before"]
        self.rows[key] = event["after"]


class Writer:
    """Somebody who works on a document, at times in a transaction that stays open."""

    def __init__(self, number: int, document: Document, labels: list[Label], user: User) -> None:
        self.chance = random.Random(number)
        self.document, self.labels, self.user = document, labels, user

    def work(self) -> None:
        try:
            for _ in range(STEPS):
                with suppress(Undone):
                    self.step()
        finally:
            connection.close()

    def step(self) -> None:
        """Do one thing, or several in a transaction of which some are undone."""
        if self.chance.random() < 0.6:
            return self.change()
        with transaction.atomic():
            for _ in range(self.chance.randint(1, 4)):
                self.change()
                threading.Event().wait(self.chance.random() / 50)
            if self.chance.random() < 0.4:
                raise Undone
        return None

    def change(self) -> None:
        """Create, change, delete or restore one of one's annotations."""
        mine = list(Annotation.objects.filter(author=self.user))
        start = self.chance.randint(0, 20)
        span = {"start": start, "end": start + 3}
        if len(mine) < 3 or self.chance.random() < 0.3:
            fields = {"label": self.chance.choice(self.labels).pk, **span}
            writing.create_annotation(
                author=self.user,
                document=self.document,
                fields=fields,
                unit=OffsetUnit.CODE_POINTS,
            )
            return
        one = self.chance.choice(mine)
        if one.deleted_at:
            writing.restore_annotation(author=self.user, annotation=one)
        elif self.chance.random() < 0.4:
            writing.delete_annotation(author=self.user, annotation=one, precondition=ANY_VERSION)
        else:
            writing.update_annotation(
                author=self.user,
                annotation=one,
                precondition=ANY_VERSION,
                changes={**span, "body": f"{start}"},
                unit=OffsetUnit.CODE_POINTS,
            )


class Undone(Exception):
    """A transaction ends in vain."""


def rows_of(project: Project) -> dict[tuple[str, str], Any]:
    """Return the tables as the log writes their rows."""
    return {
        (name, str(row.pk)): as_plain(row.snapshot())
        for name, model in MODELS.items()
        for row in model._default_manager.filter(project=project)
    }


def as_plain(columns: dict[str, Any]) -> Any:
    return json.loads(as_json(columns))


def test_a_mirror_has_every_row_as_it_is(
    project: Project, client_of: Callable[[User], Client]
) -> None:
    reader = MembershipFactory.create(project=project, role=Role.CURATOR).user
    mirror = Mirror(client_of(reader), project)
    documents = DocumentFactory.create_batch(2, project=project)
    manager = MembershipFactory.create(project=project, role=Role.MANAGER).user
    labels = []
    for name in ("person", "place"):
        content = {"kind": Kind.SPAN, "name": name}
        made = client_of(manager).post(f"/projects/{project.pk}/labels", content)
        labels.append(Label.objects.get(pk=made.json()["id"]))
    people = [
        MembershipFactory.create(project=project, role=Role.ANNOTATOR).user for _ in range(WRITERS)
    ]
    writers = [
        threading.Thread(target=Writer(number, documents[number % 2], labels, user).work)
        for number, user in enumerate(people)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        mirror.follow(limit=7)
    mirror.follow(limit=500)
    assert len(mirror.seen) == len(set(mirror.seen))
    assert sum(name == "annotation" for name, _ in mirror.rows) > WRITERS
    assert mirror.rows == rows_of(project)
