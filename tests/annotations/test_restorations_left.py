"""What a restoration leaves as it is: each row is told with the reason, the rest is done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from annotations.models import Annotation, Kind, Label
from documents.models import Document, Job, Project, Role
from tests.annotations.restoring import (
    delete,
    join,
    left,
    live,
    patch,
    restored,
    started,
    state,
)
from tests.client import Client
from tests.documents.jobs_at_work import work_on
from tests.factories import LabelFactory
from tests.staff import Staff
from tests.threads import start_until_it_waits

Do = Callable[..., Any]
Make = Callable[[str], Client]
TEXT = "Ada Lovelace lives in Turin. 👩‍🔬 She likes Zoë."


@pytest.fixture
def gold(document: Document, curator: Client, label: Label) -> Do:
    """Return a function by which a curator says something in the set of all curators."""
    path = f"/documents/{document.pk}"
    opened = curator.post(f"{path}/annotation-sets", {"kind": "gold"}).json()

    def send(client: Client, **members: Any) -> dict[str, Any]:
        content = {"label": label.pk, "start": 0, "end": 3, "annotation_set": opened["id"]}
        content = {name: value for name, value in (content | members).items() if value is not ...}
        answer = client.post(f"{path}/annotations", content)
        assert answer.status_code == 201, answer.content
        return dict(answer.json())

    return send


@pytest.fixture
def second(member: Make) -> Client:
    """Return a client of another curator."""
    return member(Role.CURATOR)


@pytest.fixture
def knows(project: Project) -> Label:
    """Return a label that joins annotations."""
    made: Label = LabelFactory.create(project=project, kind=Kind.RELATION)
    return made


@pytest.fixture
def strict(project: Project) -> Project:
    """Return the project, which allows no overlap."""
    Project.objects.filter(pk=project.pk).update(allows_overlap=False)
    project.refresh_from_db()
    return project


@pytest.fixture
def moved(document: Document, manager: Client) -> Do:
    """Return a function that gives the document another text, to which all is moved."""

    def send(text: str) -> None:
        answer = manager.post(f"/documents/{document.pk}/revisions", {"text": text})
        assert answer.status_code == 201, answer.content
        work_on(Job.objects.latest("id"))

    return send


def test_what_others_changed_since(
    project: Project, curator: Client, second: Client, gold: Do
) -> None:
    one, two = gold(curator), gold(curator, start=4, end=12)
    at = timezone.now()
    patch(curator, one, body="Mine.")
    patch(second, one, body="Yours.")
    patch(curator, two, body="Mine.")
    job = restored(curator, project, at, user=str(curator.person.pk))
    assert left(job) == [(one["id"], "annotation", "changed_since")]
    assert job.counts == {"left": 1, "updated": 1}
    assert (live(project)[one["id"]]["body"], live(project)[two["id"]]["body"]) == ("Yours.", "")


def test_what_was_changed_after_the_start(
    project: Project, curator: Client, second: Client, gold: Do
) -> None:
    one, at = gold(curator), timezone.now()
    delete(curator, one)
    job = started(curator, project, at)
    second.post(f"/annotations/{one['id']}/restore")
    patch(second, one, body="Mine.")
    gold(second, start=4, end=12)
    assert left(work_on(job)) == [(one["id"], "annotation", "changed_since")]
    assert (job.done, job.total) == (1, 1)


@pytest.mark.parametrize("reached", ["draft", "submitted", "approved", "returned"])
def test_what_is_in_a_set_that_is_handed_in(
    project: Project,
    annotator: Client,
    curator: Client,
    said: Do,
    brought: Do,
    reached: str,
) -> None:
    at, one = timezone.now(), said(annotator)
    brought(one["annotation_set_id"], reached, annotator, curator)
    job = restored(curator, project, at)
    is_left = reached in {"submitted", "approved"}
    assert left(job) == ([(one["id"], "annotation", "set_closed")] if is_left else [])
    assert bool(live(project)) is is_left


def test_what_had_a_label_that_is_archived(
    project: Project, manager: Client, annotator: Client, said: Do, label: Label
) -> None:
    other = LabelFactory.create(project=project)
    one, two = said(annotator), said(annotator, label=other.pk)
    at = timezone.now()
    patch(annotator, one, label=str(other.pk), body="Hm.")
    patch(annotator, two, body="Hm.")
    for each in (label, other):
        assert manager.delete(f"/labels/{each.pk}?confirm=true", If_Match="*").status_code == 204
    job = restored(manager, project, at)
    assert left(job) == [(one["id"], "annotation", "label_archived")]
    assert live(project)[one["id"]]["body"] == "Hm."
    assert live(project)[two["id"]]["body"] == ""  # it keeps its own label


def test_what_was_moved_before_another_text_came(
    project: Project, annotator: Client, manager: Client, said: Do, moved: Do
) -> None:
    one, two, three = said(annotator), said(annotator), said(annotator)
    at = timezone.now()
    patch(annotator, one, start=4, end=12)
    patch(annotator, two, body="Hm.")
    delete(annotator, three)
    moved("Yes: " + TEXT)
    now = state(project)
    job = restored(manager, project, at)
    assert left(job) == [(one["id"], "annotation", "text_differs")]
    assert job.counts == {"left": 1, "updated": 1, "restored": 1}
    # Their places are those of then, where the new text has them.
    assert live(project)[two["id"]] == now[two["id"]] | {"body": ""}
    assert live(project)[three["id"]] == now[three["id"]] | {"deleted_at": None}
    assert now[three["id"]]["start"] == 5


def test_what_was_said_of_the_new_text_alone_goes(
    project: Project, annotator: Client, manager: Client, said: Do, moved: Do
) -> None:
    one, at = said(annotator), timezone.now()
    moved("Yes: " + TEXT)
    new = said(annotator)
    assert restored(manager, project, at).counts == {"unchanged": 1, "deleted": 1}
    assert set(live(project)) == {one["id"]} != {new["id"]}


@pytest.mark.usefixtures("strict")
def test_what_has_no_room_any_more(
    project: Project, curator: Client, second: Client, gold: Do
) -> None:
    """Each that stays may be in the way of the next one."""
    first, next_one = gold(curator), gold(curator, start=4, end=12)
    free = gold(curator, start=22, end=27)
    at = timezone.now()
    patch(curator, next_one, start=13, end=18)
    patch(curator, first, start=4, end=12)
    patch(curator, free, start=28, end=30)
    other = gold(second)
    now = live(project)
    job = restored(curator, project, at, user=str(curator.person.pk))
    assert sorted(left(job)) == sorted(
        [(first["id"], "annotation", "overlaps"), (next_one["id"], "annotation", "overlaps")]
    )
    assert other["id"] in job.errors.get(entry=first["id"]).detail
    assert first["id"] in job.errors.get(entry=next_one["id"]).detail
    assert live(project) == now | {free["id"]: live(project)[free["id"]]}
    assert live(project)[free["id"]]["start"] == 22


@pytest.mark.usefixtures("strict")
def test_what_changed_places_changes_them_again(
    project: Project, annotator: Client, curator: Client, said: Do
) -> None:
    one, two = said(annotator), said(annotator, start=4, end=12)
    then, at = state(project), timezone.now()
    patch(annotator, one, start=13, end=18)
    patch(annotator, two, start=0, end=3)
    patch(annotator, one, start=4, end=12)
    delete(annotator, two)
    said(annotator)
    assert restored(curator, project, at).counts == {"updated": 1, "restored": 1, "deleted": 1}
    assert {pk: state(project)[pk] for pk in then} == then


def test_what_the_project_allows_no_more(
    project: Project, annotator: Client, manager: Client, said: Do
) -> None:
    one, two = said(annotator), said(annotator)
    at = timezone.now()
    delete(annotator, one)
    delete(annotator, two)
    assert (
        manager.patch(
            f"/projects/{project.pk}", {"allows_overlap": False}, If_Match="*"
        ).status_code
        == 200
    )
    job = restored(manager, project, at)
    assert left(job) == [(two["id"], "annotation", "overlaps")]
    assert Annotation.objects.get(deleted_at=None).exclusive


def test_a_label_that_a_document_was_given_again(
    project: Project, curator: Client, second: Client, gold: Do, topic: Label
) -> None:
    whole = {"label": topic.pk, "start": ..., "end": ...}
    one, at = gold(curator, **whole), timezone.now()
    delete(curator, one)
    other = gold(second, **whole)
    job = restored(curator, project, at, user=str(curator.person.pk))
    assert left(job) == [(one["id"], "annotation", "label_already_given")]
    assert list(live(project)) == [other["id"]]
    assert restored(curator, project, at).counts == {"restored": 1, "deleted": 1}
    assert list(live(project)) == [one["id"]]


def test_relations_that_are_there_again_or_have_lost_an_end(
    project: Project,
    document: Document,
    curator: Client,
    second: Client,
    gold: Do,
    knows: Label,
) -> None:
    one, two, three = gold(curator), gold(curator, start=4, end=12), gold(curator, start=22, end=27)
    tie = join(curator, document, knows, one, two)
    ended = join(curator, document, knows, two, three)
    at = timezone.now()
    delete(curator, tie, "relations")
    delete(curator, ended, "relations")
    again = join(second, document, knows, one, two)
    delete(second, three)
    job = restored(curator, project, at, user=str(curator.person.pk))
    assert sorted(left(job)) == sorted(
        [(tie["id"], "relation", "relation_exists"), (ended["id"], "relation", "end_deleted")]
    )
    assert set(live(project)) == {one["id"], two["id"], again["id"]}
    assert left(restored(second, project, at)) == []
    assert set(live(project)) == {one["id"], two["id"], three["id"], tie["id"], ended["id"]}


def test_annotations_that_others_have_joined(
    project: Project,
    document: Document,
    curator: Client,
    second: Client,
    gold: Do,
    knows: Label,
) -> None:
    kept, at = gold(curator), timezone.now()
    new = gold(curator, start=4, end=12)
    tie = join(second, document, knows, kept, new)
    job = restored(curator, project, at, user=str(curator.person.pk))
    assert left(job) == [(new["id"], "annotation", "relation_exists")]
    assert set(live(project)) == {kept["id"], new["id"], tie["id"]}
    patch_relation = second.patch(f"/relations/{tie['id']}", {"body": "Hm."}, If_Match="*")
    assert patch_relation.status_code == 200
    mixed = join(curator, document, knows, new, kept)
    second.patch(f"/relations/{mixed['id']}", {"body": "Hm."}, If_Match="*")
    job = restored(curator, project, at, user=str(curator.person.pk))
    assert sorted(left(job)) == sorted(
        [(new["id"], "annotation", "relation_exists"), (mixed["id"], "relation", "changed_since")]
    )


def test_the_admin_shows_the_job_with_what_it_left(
    project: Project, annotator: Client, curator: Client, said: Do, step: Do
) -> None:
    at, one = timezone.now(), said(annotator)
    step(annotator, "submit", one["annotation_set_id"])
    job = restored(curator, project, at)
    staff = Staff.of(project, Role.CURATOR)
    assert "Restoration" in staff.list_of("documents_job", "?kind=restoration")
    shown = staff.page_of(job)
    assert f"{one['id']}, annotation <code>set_closed</code>" in shown
    assert "1 left" in shown
    told = curator.get(f"/jobs/{job.pk}/errors").json()["results"]
    assert [(each["entry"], each["code"]) for each in told] == [(one["id"], "set_closed")]


@pytest.mark.django_db(transaction=True)
def test_what_somebody_is_writing_is_waited_for(
    project: Project, annotator: Client, curator: Client, said: Do
) -> None:
    Project.objects.filter(pk=project.pk).update(allows_overlap=False)
    one, at = said(annotator), timezone.now()
    delete(annotator, one)
    job = started(curator, project, at)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            other = said(annotator)
            working = start_until_it_waits(pool, lambda: work_on(job))
            assert not working.done()
        working.result()
    assert left(job) == [(one["id"], "annotation", "overlaps")]
    assert list(live(project)) == [other["id"]]
