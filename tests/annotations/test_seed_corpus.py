"""`manage.py seed --annotations-per-document` makes a big corpus by COPY, as services would."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Sum
from pytest_django import Settings

from annotations.models import Annotation, AnnotationSet, State
from annotations.sample.prose import COMMON, RARE, prose
from annotations.services import corpus
from documents.models import Document, Project, Revision, SearchEntry, Usage
from documents.services.documents import create_document
from tests.client import Client
from users.models import Event, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _surroundings(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VAR_DIR = tmp_path / "var"
    monkeypatch.setattr(corpus, "AT_ONCE", 8)


def seed(*words: str, documents: int = 20, spans: int = 5) -> str:
    out = StringIO()
    sizes = ("--documents", str(documents), "--annotations-per-document", str(spans))
    call_command("seed", *sizes, *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def curator() -> Client:
    """Return a client of the corpus's curator."""
    seed()
    return Client.of(User.objects.get(memberships__role="curator"))


def test_makes_documents_that_are_read_like_any(curator: Client) -> None:
    project = Project.objects.get()
    answer = curator.get(f"/projects/{project.pk}/documents?count=true").json()
    assert answer["count"] == 20
    for row in answer["results"]:
        shown = curator.get(f"/documents/{row['id']}?expand=text,annotations").json()
        assert 1_000 <= len(shown["text"]) <= 2_100
        assert row["annotation_count"] == 5 == len(shown["annotations"]["results"])
        for one in shown["annotations"]["results"]:
            assert shown["text"][one["start"] : one["end"]] == one["quote"]
            before = shown["text"][: one["start"]]
            assert before.endswith(one["prefix"])
            assert len(one["prefix"]) == min(32, len(before))


def test_its_rows_are_what_a_service_writes(curator: Client) -> None:
    project = Project.objects.get()
    made = Document.objects.select_related("revision").earliest("pk")
    assert made.revision
    text = made.revision.text
    other = create_document(actor=curator.person, project=project, text=text, language="en")
    other.refresh_from_db()
    apart = {"id", "external_id", "title", "split", "metadata", "revision_id", "duplicate_of_id"}
    apart |= {"created_at", "updated_at"}
    assert {n: v for n, v in made.snapshot().items() if n not in apart} == {
        n: v for n, v in other.snapshot().items() if n not in apart
    }
    assert other.duplicate_of_id == made.pk
    assert other.revision
    for name in ("number", "length", "sha256", "extractor", "extractor_version", "notes"):
        assert getattr(made.revision, name) == getattr(other.revision, name)
    assert made.revision.layout["blocks"] == other.revision.layout["blocks"]
    assert made.revision.layout["pages"] == other.revision.layout["pages"]


def test_what_the_project_keeps_is_counted(curator: Client) -> None:
    usage, texts = Usage.objects.get(), Revision.objects.aggregate(length=Sum("length"))
    assert (usage.documents, usage.bytes) == (20, texts["length"])
    told = curator.get(f"/projects/{usage.project_id}/progress").json()
    assert told["documents"]["ready"] == told["annotated_documents"] == 20
    assert sum(told["annotation_sets"].values()) == 20
    returned = AnnotationSet.objects.filter(state=State.RETURNED)
    assert returned.exists()
    assert not returned.filter(reason="").exists()
    assert Annotation.objects.exclude(author=F("annotation_set__author")).count() == 0


def test_the_log_tells_of_the_project_alone(curator: Client) -> None:
    kinds = set(Event.objects.values_list("target_type", flat=True))
    assert kinds == {"user", "project", "membership", "label", "session"} & kinds
    assert not Event.objects.filter(target_type__in=("document", "annotation")).exists()


def test_words_are_found_where_that_was_asked_for() -> None:
    seed()
    assert not SearchEntry.objects.exists()
    seed("--searchable", "--seed", "2", documents=4)
    project = Project.objects.get(slug="corpus-2")
    reader = Client.of(User.objects.get(email="admin@example.org"))
    found = reader.get(f"/projects/{project.pk}/documents?search={COMMON}").json()["results"]
    assert len(found) == 2
    rare = reader.get(f"/projects/{project.pk}/documents?search={RARE}").json()["results"]
    assert len(rare) == 1


def test_without_annotations_there_are_no_sets() -> None:
    seed(documents=2, spans=0)
    assert Document.objects.count() == 2
    assert not AnnotationSet.objects.exists()


def test_tells_how_far_it_is_and_refuses_a_second_of_the_same_seed() -> None:
    told = seed()
    assert "8/20\n16/20\n20/20\n" in told
    with pytest.raises(CommandError, match="choose another --seed"):
        seed()


def test_a_text_depends_on_its_number_and_the_seed_alone() -> None:
    assert [one.text for one in prose(3, 1)] == [one.text for one in prose(5, 1)][:3]
    assert next(prose(1, 1)).text != next(prose(1, 2)).text
    texts = [one.text for one in prose(600, 1)]
    assert len(set(texts)) == 600
    assert sum(f" {RARE} " in text for text in texts) == 2
    assert sum(f" {COMMON} " in text for text in texts) == 300


def test_sentences_and_words_are_where_they_are_said_to_be() -> None:
    [one] = prose(1, 1)
    assert [one.text[start:end] for start, end in one.extents] == [
        sentence.text for sentence in one.sentences
    ]
    words = list(one.words(60))
    assert len(set(words)) == 60
    assert all(one.text[start:end].isalpha() for start, end in words)
