"""Documents are taken in set-wise: by policy for known ones, whole or not at all, in order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from documents.errors import QuotaExceeded
from documents.ingest import describe_text
from documents.intake import Known, NewDocument, Outcome, StoredSource, hold_policy, take_in
from documents.models import Document, Project, Revision, Status, Usage
from documents.pipeline import add_revision
from documents.services import texts
from tests.events import changed, last_event, log_of
from tests.factories import DocumentFactory, UserFactory
from tests.threads import at_once, start_until_it_waits, while_held
from users.models import Event, User

Taken = Callable[..., list[Outcome]]
MOST_STATEMENTS = 25
pytestmark = pytest.mark.django_db


@pytest.fixture
def actor(db: None) -> User:
    made: User = UserFactory.create()
    return made


@pytest.fixture
def taken(project: Project, actor: User) -> Taken:
    """Return a function that takes items in by a policy."""

    def take(*items: NewDocument, known: Known = Known.ERROR, **options: Any) -> list[Outcome]:
        with transaction.atomic():
            return take_in(actor=actor, project=project, items=items, known=known, **options)

    return take


def text(content: str, **properties: Any) -> NewDocument:
    return NewDocument(text=content, properties=properties)


def file(name: str = "a.pdf", digest: str = "0" * 64, **properties: Any) -> NewDocument:
    return NewDocument(
        source=StoredSource("sources/00/0", name, 7, digest),
        extraction_options={"keep": True},
        properties=properties,
    )


def ended(outcomes: list[Outcome]) -> list[str]:
    return [outcome.problem.code if outcome.problem else outcome.ended for outcome in outcomes]


def document_of(outcome: Outcome) -> Any:
    assert outcome.document
    return Document.objects.get(pk=outcome.document.pk)


def test_texts_are_ready_at_once(taken: Taken, actor: User) -> None:
    said = {"title": "T", "language": "fr", "tags": ["a", 'b"\\'], "metadata": {"n": [1, "\t"]}}
    outcomes = taken(
        text("Ada lives.\n\nIn Turin.", external_id="n-1", split="dev", **said),
        NewDocument(text="# Eve\n\nShe does.", media_type="text/markdown"),
    )
    assert ended(outcomes) == ["created", "created"]
    first, second = map(document_of, outcomes)
    assert (first.external_id, first.split, first.status) == ("n-1", "dev", "ready")
    assert {name: getattr(first, name) for name in said} == said
    assert (second.title, second.media_type, second.external_id) == ("# Eve", "text/markdown", None)
    revision = Revision.objects.get(pk=first.revision_id)
    assert (revision.text, revision.number, revision.length) == ("Ada lives.\n\nIn Turin.", 1, 21)
    assert revision.sha256 == first.sha256 == sha256(revision.text.encode()).hexdigest()
    laid_out = texts.layout(first, offset_unit="code_points")
    assert laid_out["sentences"] == [[0, 10], [12, 21]]
    assert [block["kind"] for block in second.revision.layout["blocks"]] == ["heading", "paragraph"]
    for document in (first, second):
        assert log_of(document.pk) == [("document.created", actor.pk)]
        assert last_event(document.pk).after["status"] == "ready"
    assert last_event(first.pk).after["metadata"] == said["metadata"]


def test_sentences_of_short_texts_are_found_when_asked_for(taken: Taken) -> None:
    outcomes = taken(text("Ada. Turin.\n\n" * 10), text("Ada. Turin.\n\n" * 2_000))
    short, long = map(document_of, outcomes)
    assert "sentences" not in short.revision.layout
    assert len(long.revision.layout["sentences"]) == 4_000
    for document, count in ((short, 20), (long, 4_000)):
        found = texts.layout(document, offset_unit="code_points")["sentences"]
        assert found[:2] == [[0, 4], [5, 11]]
        assert len(found) == count


def test_what_is_returned_is_what_was_written(taken: Taken) -> None:
    [outcome] = taken(text("Ada lives in Turin, and has done so for many years.", title="T"))
    assert outcome.document
    assert outcome.document.snapshot() == document_of(outcome).snapshot()
    assert outcome.document.language == "en"
    told = last_event(outcome.document.pk).after
    assert told["revision_id"] == str(outcome.document.revision_id)
    assert told["created_at"] is not None
    outcome.document.save_new_version()
    assert document_of(outcome).version == 2


def test_characters_that_cannot_be_stored_are_replaced(taken: Taken) -> None:
    first, second = map(document_of, taken(text("a\0b"), text("\ud800")))
    assert (first.revision.text, first.title) == ("a\ufffdb", "a\ufffdb")
    assert (second.revision.text, second.title) == ("\ufffd", "\ufffd")
    assert first.sha256 == first.revision.sha256


def test_a_file_waits_for_a_worker(taken: Taken) -> None:
    [outcome] = taken(file(external_id="n-1"))
    document = document_of(outcome)
    assert (document.status, document.title, document.source_name) == ("pending", "a.pdf", "a.pdf")
    assert (document.source.name, document.source_size) == ("sources/00/0", 7)
    assert (document.sha256, document.extraction_options) == ("0" * 64, {"keep": True})
    assert list(Document.objects.left_behind(timedelta(0))) == [document]


def test_an_announced_file_is_left_alone_by_the_sweep(taken: Taken) -> None:
    taken(file(), is_announced=True)
    assert not Document.objects.left_behind(timedelta(minutes=1)).exists()


@pytest.mark.parametrize(
    ("known", "ends"),
    [
        (Known.ERROR, "external_id_taken"),
        (Known.SKIP, "skipped"),
        (Known.UPDATE, "updated"),
        (Known.NEW_REVISION, "revised"),
    ],
)
def test_a_policy_says_what_happens_to_known_ones(
    project: Project, taken: Taken, actor: User, known: Known, ends: str
) -> None:
    before = DocumentFactory.create(project=project, external_id="n-1", title="Old")
    DocumentFactory.create(external_id="n-1")
    outcomes = taken(text("Eve.", external_id="n-1", title="New"), text("Zoë."), known=known)
    assert ended(outcomes) == [ends, "created"]
    after: Any = Document.objects.get(pk=before.pk)
    has_new_title = ends in {"updated", "revised"}
    assert (after.title, after.version) == (("New", 2) if has_new_title else ("Old", 1))
    assert (after.revision.text == "Eve.") is (ends == "revised")
    assert after.sha256 == after.revision.sha256
    numbers = list(after.revisions.order_by("number").values_list("number", flat=True))
    assert numbers == ([1, 2] if ends == "revised" else [1])
    logged = log_of(before.pk)[1:]
    assert logged == ([(f"document.{ends}", actor.pk)] if has_new_title else [])
    if ends == "external_id_taken":
        assert outcomes[0].problem
        assert outcomes[0].problem.members == {"document_id": str(before.pk)}
    else:
        assert outcomes[0].document == before


def test_a_deleted_document_is_not_known(project: Project, taken: Taken) -> None:
    DocumentFactory.create(project=project, external_id="n-1")
    Document.objects.update(deleted_at=timezone.now())
    assert ended(taken(text("Eve.", external_id="n-1"))) == ["created"]


def test_an_update_changes_what_is_given(project: Project, taken: Taken) -> None:
    said: dict[str, Any] = {"language": "pt-BR", "tags": ["x", "y"], "metadata": {"a": {"b": 2.5}}}
    before = DocumentFactory.create(project=project, external_id="n-1", title="T", split="dev")
    taken(text("", external_id="n-1", **said), known=Known.UPDATE)
    after = Document.objects.get(pk=before.pk)
    assert {name: getattr(after, name) for name in said} == said
    assert (after.title, after.split) == ("T", "dev")
    assert after.updated_at > before.updated_at
    told = changed(last_event(after.pk))
    assert told.pop("version") == (1, 2)
    assert {name: new for name, (_, new) in told.items()} == said


@pytest.mark.parametrize("known", [Known.UPDATE, Known.NEW_REVISION])
def test_what_does_not_differ_is_left_alone(project: Project, taken: Taken, known: Known) -> None:
    before = DocumentFactory.create(project=project, external_id="n-1", text="Ada.", title="T")
    assert ended(taken(text("Ada.", external_id="n-1", title="T"), known=known)) == ["unchanged"]
    assert Document.objects.get(pk=before.pk).snapshot() == before.snapshot()
    assert len(log_of(before.pk)) == 1


def test_the_same_text_makes_no_revision(project: Project, taken: Taken) -> None:
    DocumentFactory.create(project=project, external_id="n-1", text="Ada.")
    item = text("Ada.", external_id="n-1", title="New")
    assert ended(taken(item, known=Known.NEW_REVISION)) == ["updated"]
    assert Revision.objects.count() == 1


def test_items_meet_what_became_of_the_earlier_ones(taken: Taken) -> None:
    items = [
        text("Ada.", external_id="n-1", title="1"),
        text("Ada.", external_id="n-1", title="2"),
        text("Eve.", external_id="n-1", title="2"),
        text("Eve.", external_id="n-1", title="2"),
        text("Ada.", external_id="n-1"),
    ]
    outcomes = taken(*items, known=Known.NEW_REVISION)
    assert ended(outcomes) == ["created", "updated", "revised", "unchanged", "revised"]
    [document] = Document.objects.all()
    assert (document.title, document.version, document.revision.number) == ("2", 4, 3)
    texts = list(document.revisions.order_by("number").values_list("text", flat=True))
    assert texts == ["Ada.", "Eve.", "Ada."]
    actions = [action for action, _ in log_of(document.pk)]
    assert actions == [
        "document.created",
        "document.updated",
        "document.revised",
        "document.revised",
    ]
    events = Event.objects.filter(target_id=document.pk).order_by("id")
    assert [event.after["version"] for event in events] == [1, 2, 3, 4]
    assert [event.before and event.before["version"] for event in events] == [None, 1, 2, 3]


def test_within_a_batch_an_external_id_is_taken_once(taken: Taken) -> None:
    first, second = taken(text("Ada.", external_id="n-1"), text("Eve.", external_id="n-1"))
    assert second.problem
    assert second.problem.members == {"document_id": str(document_of(first).pk)}


@pytest.mark.parametrize("item", [text("Eve.", external_id="n-1"), file(external_id="n-1")])
@pytest.mark.parametrize("status", [Status.PENDING, Status.PROCESSING])
def test_what_a_worker_has_at_hand_is_not_revised(
    project: Project, taken: Taken, status: Status, item: NewDocument
) -> None:
    document = DocumentFactory.create(project=project, external_id="n-1")
    Document.objects.update(status=status)
    assert ended(taken(item, known=Known.NEW_REVISION)) == ["being_processed"]
    assert Document.objects.get(pk=document.pk).version == 1


def test_a_failed_document_may_get_a_text(taken: Taken) -> None:
    taken(file(external_id="n-1"))
    Document.objects.update(status=Status.FAILED, error_code="x", error_detail="y")
    assert ended(taken(text("Ada.", external_id="n-1"), known=Known.NEW_REVISION)) == ["revised"]
    [document] = Document.objects.all()
    assert (document.status, document.error_code, document.error_detail) == ("ready", "", "")
    assert document.revision.number == 1
    # Its file is still what it was made of.
    assert (document.sha256, document.source.name) == ("0" * 64, "sources/00/0")
    assert document.media_type == ""


def test_another_file_is_processed_anew(project: Project, taken: Taken) -> None:
    document = DocumentFactory.create(project=project, external_id="n-1")
    item = file(external_id="n-1")
    assert ended(taken(item, known=Known.NEW_REVISION)) == ["revised"]
    after = Document.objects.get(pk=document.pk)
    assert (after.status, after.sha256, after.source_name) == ("pending", "0" * 64, "a.pdf")
    assert after.revision_id == document.revision_id
    assert ended(taken(item, known=Known.NEW_REVISION)) == ["unchanged"]


def test_the_former_file_stays_with_its_text(taken: Taken) -> None:
    [outcome] = taken(file("old.pdf", "1" * 64, external_id="n-1"))
    document = document_of(outcome)
    add_revision(document, describe_text("Ada.", "text/plain"))
    document.status = Status.READY
    document.save()
    taken(file("new.pdf", external_id="n-1"), known=Known.NEW_REVISION)
    text_of_old = Revision.objects.get(pk=document.revision_id)
    kept = (text_of_old.source.name, text_of_old.source_name, text_of_old.source_size)
    assert kept == ("sources/00/0", "old.pdf", 7)
    assert Usage.objects.get().bytes == 7 + 4 + 7


def test_a_file_that_no_text_was_made_of_goes(
    taken: Taken, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    stored = default_storage.save("sources/00/0", ContentFile(b"1234567"))
    taken(file("old.pdf", "1" * 64, external_id="n-1"))
    Document.objects.update(status=Status.FAILED, error_code="x")
    with django_capture_on_commit_callbacks(execute=True):
        taken(file("new.pdf", external_id="n-1"), known=Known.NEW_REVISION)
        assert default_storage.exists(stored)
    assert not default_storage.exists(stored)
    assert Usage.objects.get().bytes == 7


@pytest.mark.parametrize("known", list(Known))
@pytest.mark.parametrize("numbers", [(2, 9), (22, 40)])  # words read at once, and later
def test_the_number_of_statements_is_constant(
    project: Project, taken: Taken, known: Known, numbers: tuple[int, int]
) -> None:
    counted = []
    for many in numbers:
        names = [f"{many}-{n}" for n in range(many)]
        for name in names:
            DocumentFactory.create(project=project, external_id=name)
        items = [text(name, external_id=f"new-{name}") for name in names]
        items += [text(f"Other {name}", external_id=name, title="New") for name in names]
        with CaptureQueriesContext(connection) as asked:
            taken(*items, known=known)
        counted.append(len(asked))
    assert counted[0] == counted[1] <= MOST_STATEMENTS


def test_a_quota_refuses_the_batch(project: Project, taken: Taken) -> None:
    Project.objects.update(max_documents=2)
    with pytest.raises(QuotaExceeded):
        taken(text("1"), text("2"), text("3"))
    assert not Document.objects.exists()
    taken(text("1"), text("2"))
    assert Usage.objects.get().bytes == 2
    with pytest.raises(QuotaExceeded):
        taken(text("3"))


def test_revisions_count_as_bytes(project: Project, taken: Taken) -> None:
    taken(text("é", external_id="n-1"))
    taken(text("éé", external_id="n-1"), known=Known.NEW_REVISION)
    taken(text("é", external_id="n-1", title="New"), known=Known.UPDATE)
    taken(file())
    usage = Usage.objects.get()
    assert (usage.documents, usage.bytes) == (2, 2 + 4 + 7)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_taken_in_outside_of_a_transaction(project: Project, actor: User) -> None:
    with pytest.raises(AssertionError, match="transaction"):
        take_in(actor=actor, project=project, items=[], known=Known.ERROR)


def test_other_errors_are_not_taken_for_collisions(taken: Taken) -> None:
    with pytest.raises(DataError):
        taken(text("a", title="x" * 501))
    assert not Event.objects.filter(action="document.created").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("known", "ends"),
    [(Known.ERROR, "external_id_taken"), (Known.SKIP, "skipped"), (Known.UPDATE, "updated")],
)
def test_what_comes_in_between_is_met_as_known(
    project: Project, taken: Taken, known: Known, ends: str
) -> None:
    """Another transaction gives the external_id away after it was looked for, before it is used."""
    other = DocumentFactory.create(project=project)
    items = [text("1"), text("2", external_id="n-1", title="New"), text("3", external_id="n-2")]
    [outcomes] = while_held(other, lambda: taken(*items, known=known), external_id="n-1")
    assert ended(outcomes) == ["created", ends, "created"]
    assert Document.objects.get(external_id="n-1") == other
    assert Event.objects.filter(action="document.created").count() == 3
    assert Usage.objects.get().documents == 3


@pytest.mark.django_db(transaction=True)
def test_simultaneous_batches_lose_nothing(taken: Taken) -> None:
    names = [f"n-{n}" for n in range(30)]

    def take(order: list[str]) -> list[Outcome]:
        return taken(*[text(name, external_id=name) for name in order])

    forth, back = at_once(lambda: take(names), lambda: take(names[::-1]))
    assert sorted([*ended(forth), *ended(back)]) == ["created"] * 30 + ["external_id_taken"] * 30
    assert {document.external_id for document in Document.objects.all()} == set(names)
    assert Document.objects.count() == len(names)


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_is_a_collision(project: Project, taken: Taken) -> None:
    """We give n-2 away and wait for n-1, while the batch has n-1 and waits for n-2."""
    first, second = DocumentFactory.create_batch(2, project=project)

    def take() -> list[Outcome]:
        with connection.cursor() as cursor:
            cursor.execute("SET deadlock_timeout = '2s'")
        return taken(*[text(name, external_id=name) for name in ("n-1", "n-2")])

    rows = Document.objects.all()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL deadlock_timeout = '60s'")
            hold_policy(project.pk)
            rows.filter(pk=first.pk).update(external_id="n-2")
            batch = start_until_it_waits(pool, take)
            rows.filter(pk=second.pk).update(external_id="n-1")
        assert ended(batch.result()) == ["external_id_taken"] * 2
