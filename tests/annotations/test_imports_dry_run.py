"""A dry run tells what an import would do, and does nothing of it."""

from __future__ import annotations

import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings

from annotations.jobs.importing import records
from annotations.models import AnnotationSet, Label
from documents.models import Document, Project
from tests.annotations.importing import errors_of, imported, lines, numbered, preview, texts
from tests.annotations.test_imports_archives import zipped
from tests.client import Client
from tests.factories import LabelFactory
from users.models import Event

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("rows", [1, 100])
def test_it_counts_and_shows_and_writes_nothing(
    manager: Client, project: Project, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(records, "ROWS", rows)
    imported(manager, project, lines({"id": "a", "text": "Ada."}))
    LabelFactory.create(project=project, name="PER")
    content = lines(
        {"id": "a", "text": "Ada lives."},
        {"id": "b", "text": "Bea.", "label": [[0, 3, "PER"], [0, 4, "ALL"], "letter"], "year": 1},
        {"id": "c", "text": ""},
        {"id": "d", "text": "Cleo.", "label": ["letter"]},
        {"id": "d", "text": "Cleo."},
    )
    before = Event.objects.filter(project_id=project.pk).exclude(target_type="job").count()
    job = imported(manager, project, content, on_known="new_revision", dry_run="true")
    # What repeats itself within a batch is seen, further apart it is not.
    counts = {"created": 3 if rows == 1 else 2, "revised": 1, "refused": 1, "annotations": 4}
    assert {name: job["counts"].get(name) for name in counts} == counts
    assert (job["state"], job["done"], job["total"]) == ("succeeded", 5, 5)
    assert errors_of(manager, job) == [(3, "text", "required")]
    assert texts(project) == {"a": "Ada."}
    assert (Label.objects.count(), AnnotationSet.objects.count()) == (1, 0)
    after = Event.objects.filter(project_id=project.pk).exclude(target_type="job").count()
    assert after == before
    told = preview(manager, job)
    assert told["labels_to_create"] == [
        {"kind": "document", "name": "letter"},
        {"kind": "span", "name": "ALL"},
    ]
    assert told["mapping"]["text"] == "text"
    assert told["counts"] == job["counts"]
    assert [one["line"] for one in told["sample"]] == [1, 2, 4, 5]
    assert told["sample"][1] == {
        "line": 2,
        "document": {"text": "Bea.", "external_id": "b", "metadata": {"year": 1}},
        "annotations": [
            {"label": "PER", "start": 0, "end": 3, "quote": "Bea"},
            {"label": "ALL", "start": 0, "end": 4, "quote": "Bea."},
            {"label": "letter"},
        ],
    }
    assert [one["code"] for one in told["errors"]] == ["required"]


def test_labels_that_would_be_refused_are_told(manager: Client, project: Project) -> None:
    content = lines({"id": "a", "text": "Ada.", "label": "letter"})
    job = imported(manager, project, content, labels="error", dry_run="true")
    assert errors_of(manager, job) == [(1, "label", "unknown_label")]


def test_a_quota_that_would_not_suffice_is_told(
    manager: Client, project: Project, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "ROWS", 2)
    settings.PROJECT_MAX_DOCUMENTS = 3
    job = imported(manager, project, numbered(5), dry_run="true")
    assert (job["state"], job["error"]["code"], job["done"]) == ("failed", "quota_exceeded", 2)
    settings.PROJECT_MAX_DOCUMENTS = 5
    assert imported(manager, project, numbered(5), dry_run="true")["state"] == "succeeded"
    settings.PROJECT_MAX_BYTES = 20
    job = imported(manager, project, numbered(5), dry_run="true")
    assert (job["error"]["code"], job["done"]) == ("quota_exceeded", 4 - 2)


def test_only_the_beginning_is_shown_even_of_a_broken_file(
    manager: Client, project: Project
) -> None:
    content = lines({"text": "a" * 5000}) + b"[]\n" + numbered(9)
    told = preview(manager, imported(manager, project, content, dry_run="true"))
    assert len(told["sample"]) == 5
    assert len(told["sample"][0]["document"]["text"]) == 1000


def test_what_cannot_be_stored_is_shown_as_it_would_be(manager: Client, project: Project) -> None:
    content = b'{"text": "lone \\ud800 and \\u0000"}\n'
    told = preview(manager, imported(manager, project, content, dry_run="true"))
    assert told["sample"][0]["document"]["text"] == "lone \ufffd and \ufffd"


def test_of_an_archive_nothing_is_stored(manager: Client, project: Project) -> None:
    content = zipped({"a.txt": b"Ada.", "b/c.txt": b"Bea."})
    job = imported(manager, project, content, "a.zip", dry_run="true")
    assert job["counts"] == {"created": 2}
    assert not Document.objects.exists()
    assert not default_storage.exists("sources") or default_storage.listdir("sources") == ([], [])
    told = preview(manager, job)
    assert (told["sample"], told["mapping"]) == ([], None)
