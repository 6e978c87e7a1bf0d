"""Compiled queries say what their querysets say, and outlive a migration under them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F

from annotations.models import Annotation
from config.database.prepared import prepared
from documents.models import Document
from tests.factories import AnnotationFactory, DocumentFactory, UserFactory, token_of
from tests.threads import at_once
from users.compiled import Compiled, hole, insert
from users.models import AccessToken
from users.token_format import digest


@pytest.mark.django_db
def test_rows_are_those_of_the_queryset() -> None:
    document = DocumentFactory.create(metadata={"year": 1843}, tags=["letters"])
    DocumentFactory.create(project=document.project)
    rows = Document.objects.with_revision().annotate(named=F("project__name"))
    compiled = Compiled(lambda: rows.filter(pk=hole("id"), project_id=hole("project")))
    found: Any = compiled.first(id=document.pk, project=document.project_id)
    assert found.snapshot() == rows.get(pk=document.pk).snapshot()
    assert (found.named, found.revision.pk) == (document.project.name, document.revision_id)
    assert found.revision.get_deferred_fields() == {"text", "layout"}
    assert not found._state.adding
    assert compiled.first(id=document.pk, project=document.pk) is None


@pytest.mark.django_db
def test_a_text_is_filled_in_and_a_relation_that_is_not_there_is_none() -> None:
    text = token_of(UserFactory.create())
    rows = AccessToken.objects.select_related("user").filter(digest=str(hole("digest")))
    compiled = Compiled(lambda: rows)
    assert compiled.first(digest=digest(text)) == AccessToken.objects.get()
    assert compiled.first(digest=digest("another")) is None
    document = DocumentFactory.create()
    Document.objects.filter(pk=document.pk).update(revision=None, status="pending")
    found = Compiled(lambda: Document.objects.with_revision().filter(pk=hole("id")))
    assert found.rows(id=document.pk)[0].revision is None


@pytest.mark.django_db
def test_a_row_is_inserted_as_django_saves_it() -> None:
    known = AnnotationFactory.create(attributes={"certain": True}, fragments=[[0, 1], [2, 3]])
    shared = {name: getattr(known, name) for name in ("annotation_set", "label", "quote")}
    row = AnnotationFactory.build(
        **shared, author=known.author, attributes=known.attributes, fragments=known.fragments
    )
    row.schema_version = known.schema_version
    insert(row)
    assert not row._state.adding
    own = {"id", "created_at", "updated_at"}
    kept, alike = Annotation.objects.get(pk=row.pk).snapshot(), known.snapshot()
    assert {name: kept[name] for name in kept.keys() - own} == {
        name: alike[name] for name in alike.keys() - own
    }
    assert kept["created_at"] >= alike["created_at"]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(row)


@pytest.fixture
def table(transactional_db: None) -> Iterator[None]:
    """Make a table that a migration may change."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE changing (name varchar(3))")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE changing")


@pytest.mark.usefixtures("table")
def test_a_migration_under_a_prepared_statement_harms_once() -> None:
    def ask() -> list[Any]:
        with prepared("SELECT name FROM changing", ()) as cursor:
            return list(cursor)

    def migrate() -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE changing ALTER COLUMN name TYPE text")

    for _ in range(8):
        assert ask() == []
    at_once(migrate)
    with pytest.raises(OperationalError, match="before a migration"):
        ask()
    connection.close()  # as at the end of a request
    assert ask() == []
