"""Rows are written by COPY and changed by one UPDATE as one by one they would be."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from documents.models import Document, Project, Revision
from tests.factories import DocumentFactory, UserFactory
from users.copying import as_json, change_rows, copy_models, copy_rows, new_like
from users.models import User

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def test_rows_are_inserted_in_one_statement() -> None:
    times = {"created_at": AT, "updated_at": AT}
    user = UserFactory.build(email="a@example.org", name='a\tb\n"c"\\', **times)
    names = [field.attname for field in User._meta.concrete_fields]
    with CaptureQueriesContext(connection) as asked:
        copy_rows(User, names, [[getattr(user, name) for name in names]])
    assert len(asked) == 1
    assert User.objects.get(email="a@example.org").name == user.name


def test_a_refusal_is_django_s() -> None:
    user = UserFactory.create()
    names = [field.attname for field in User._meta.concrete_fields]
    with pytest.raises(IntegrityError):
        copy_rows(User, names, [[getattr(user, name) for name in names]])


def test_instances_are_inserted_as_they_are(project: Project) -> None:
    blank = Document(project=project, created_at=AT, updated_at=AT)
    first = new_like(blank, title="a", tags=["x"], metadata={"n": 1})
    second = new_like(blank, title="b", source="sources/x")
    with CaptureQueriesContext(connection) as asked:
        copy_models([first, second])
    assert len(asked) == 1
    for made in (first, second):
        assert Document.objects.get(pk=made.pk).snapshot() == made.snapshot()
    assert Document.objects.get(pk=first.pk).source.name == ""
    assert Document.objects.get(pk=second.pk).source.name == "sources/x"
    first.title = "c"
    first.save()
    assert Document.objects.get(pk=first.pk).title == "c"


def test_instances_that_are_alike_are_not_the_same(project: Project) -> None:
    blank = Document(project=project)
    first, second = new_like(blank), new_like(blank)
    assert len({blank.pk, first.pk, second.pk}) == 3
    first.revision = Revision(document=first)
    assert second.revision is None
    assert blank.revision is None
    assert first.project is project


def test_rows_are_changed_in_one_statement(project: Project) -> None:
    first, second, other = DocumentFactory.create_batch(3, project=project)
    first.tags, first.metadata, first.split = ["a", "b,c", '"'], {"n": [1.5, None]}, "dev"
    second.created_at, second.external_id, second.source = AT, None, "sources/x"
    names = ("tags", "metadata", "split", "created_at", "external_id", "source")
    with CaptureQueriesContext(connection) as asked:
        change_rows([first, second], names)
    assert len(asked) == 1
    for changed in (first, second):
        assert Document.objects.get(pk=changed.pk).snapshot() == changed.snapshot()
    assert Document.objects.get(pk=second.pk).source.name == "sources/x"
    assert Document.objects.get(pk=other.pk).snapshot() == other.snapshot()


def test_no_rows_take_no_statement() -> None:
    with CaptureQueriesContext(connection) as asked:
        change_rows([], ("title",))
        copy_models([])
    assert len(asked) == 0


def test_json_is_as_the_database_takes_it() -> None:
    told = {"id": UUID(int=1), "at": AT, "n": Decimal("1.50"), "text": "é\n"}
    assert json.loads(as_json(told)) == {
        "id": str(UUID(int=1)),
        "at": "2026-01-02T03:04:05.678901Z",
        "n": "1.50",
        "text": "é\n",
    }
    assert as_json({"n": 10**30}) == '{"n": 1' + "0" * 30 + "}"
