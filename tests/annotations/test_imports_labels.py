"""Labels of rows become a set of the import's on each document, held against the text."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from annotations.jobs.importing import records
from annotations.models import Annotation, AnnotationSet, Kind, Label
from documents.models import Project
from tests.annotations.importing import errors_of, imported, lines, send
from tests.client import Client
from tests.factories import LabelFactory, MembershipFactory, UserFactory, token_of
from users.models import Event, Scope

pytestmark = pytest.mark.django_db
TEXT = "Ada lives in Turin."
ROW = {"id": "a", "text": TEXT, "label": [[0, 3, "PER"], [13, 18, "LOC"], "letter"]}


def said(project: Project) -> list[tuple[Any, ...]]:
    rows = Annotation.objects.live().filter(project=project).select_related("label")
    return sorted((one.document.external_id, one.label.name, one.quote) for one in rows)


def test_labels_become_a_submitted_set_of_whoever_imports(
    manager: Client, project: Project
) -> None:
    job = imported(manager, project, lines(ROW, {"id": "b", "text": TEXT}))
    assert job["counts"] == {"created": 2, "labels": 3, "annotations": 3}
    one = AnnotationSet.objects.get(project=project)
    assert (one.kind, one.state, one.author) == ("import", "submitted", manager.person)
    assert (str(one.job_id), one.document.external_id) == (job["id"], "a")
    assert one.submitted_at
    assert one.revision == one.document.revision
    assert said(project) == [("a", "LOC", "Turin"), ("a", "PER", "Ada"), ("a", "letter", "")]
    span = Annotation.objects.get(quote="Ada")
    assert (span.start, span.end, span.suffix, span.author) == (
        0,
        3,
        " lives in Turin.",
        manager.person,
    )
    shown = manager.get(f"/annotation-sets/{one.pk}").json()
    assert (shown["kind"], shown["version"]) == ("import", 1)


def test_each_of_them_has_its_event(manager: Client, project: Project) -> None:
    imported(manager, project, lines(ROW))
    actions = Event.objects.filter(project_id=project.pk).values_list("action", flat=True)
    told = sorted(
        action for action in actions if action.partition(".")[0] not in {"document", "job"}
    )
    assert told == ["annotation.created"] * 3 + ["label.created"] * 3 + ["set.imported"]
    after = Event.objects.get(action="set.imported").after
    assert after
    assert after["kind"] == "import"


def test_labels_of_the_project_are_used_and_missing_ones_made(
    manager: Client, project: Project
) -> None:
    person = LabelFactory.create(project=project, name="PER", position=4)
    LabelFactory.create(project=project, name="LOC", kind=Kind.DOCUMENT)
    imported(manager, project, lines(ROW))
    assert Annotation.objects.get(quote="Ada").label == person
    made = Label.objects.filter(project=project).exclude(color="#ffd54f").order_by("position")
    assert [(one.kind, one.name, one.position) for one in made] == [
        ("document", "letter", 5),
        ("span", "LOC", 6),
    ]
    assert len({one.color for one in made}) == 2


def test_archived_labels_are_not_in_use(manager: Client, project: Project) -> None:
    archived = LabelFactory.create(project=project, name="PER", archived_at=timezone.now())
    imported(manager, project, lines(ROW))
    assert Annotation.objects.get(quote="Ada").label != archived


def test_rows_with_labels_that_the_project_has_not_may_be_refused(
    manager: Client, project: Project
) -> None:
    LabelFactory.create(project=project, name="PER")
    good = {"id": "b", "text": TEXT, "label": [[0, 3, "PER"]]}
    job = imported(manager, project, lines(ROW, good), labels="error")
    assert job["counts"] == {"created": 1, "refused": 1, "annotations": 1}
    assert errors_of(manager, job) == [(1, "label", "unknown_label")]
    assert said(project) == [("b", "PER", "Ada")]
    assert Label.objects.filter(project=project).count() == 1


def test_who_may_not_make_labels_has_none_made(project: Project) -> None:
    user = UserFactory.create()
    MembershipFactory.create(project=project, user=user, role="manager")
    script = Client.with_token(token_of(user, scope=Scope.WRITE))
    assert send(script, project, lines(ROW)).json()["parameters"]["labels"] == "error"
    refused = send(script, project, lines(ROW), labels="create")
    assert refused.status_code == 403
    boss = Client.with_token(token_of(user, scope=Scope.ADMIN))
    assert send(boss, project, lines(ROW)).json()["parameters"]["labels"] == "create"


def test_what_an_import_said_before_is_not_said_again(manager: Client, project: Project) -> None:
    imported(manager, project, lines(ROW))
    for policy in ("skip", "update", "new_revision"):
        again = imported(manager, project, lines(ROW), on_known=policy)
        assert again["counts"] == {"skipped" if policy == "skip" else "unchanged": 1}
    assert AnnotationSet.objects.count() == 1
    more = {**ROW, "label": [[0, 3, "PER"], [4, 9, "ACT"]]}
    third = imported(manager, project, lines(more), on_known="update")
    assert third["counts"] == {"unchanged": 1, "labels": 1, "annotations": 2}
    assert AnnotationSet.objects.count() == 2


@pytest.mark.parametrize("rows", [1, 100])
def test_rows_of_one_document_add_up_to_one_set(
    manager: Client, project: Project, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(records, "ROWS", rows)
    more = {**ROW, "label": [[0, 3, "PER"], [4, 9, "ACT"], "letter"]}
    job = imported(manager, project, lines(ROW, more, ROW), on_known="update")
    assert job["counts"] == {"created": 1, "unchanged": 2, "labels": 4, "annotations": 4}
    one = AnnotationSet.objects.get(project=project)
    assert one.annotations.count() == 4


def test_labels_of_another_text_than_the_documents_are_refused(
    manager: Client, project: Project
) -> None:
    imported(manager, project, lines({"id": "a", "text": "Bea lives in Turin."}))
    job = imported(manager, project, lines({**ROW, "n": 1}), on_known="update")
    assert job["counts"] == {"updated": 1, "labels": 3}
    assert errors_of(manager, job) == [(1, "text", "text_differs")]
    assert said(project) == []


def test_a_new_text_has_its_labels(manager: Client, project: Project) -> None:
    imported(manager, project, lines({"id": "a", "text": "Bea lives in Turin."}))
    job = imported(manager, project, lines(ROW), on_known="new_revision")
    assert job["counts"] == {"revised": 1, "labels": 3, "annotations": 3}
    one = AnnotationSet.objects.get(project=project)
    assert one.revision.number == 2


def test_two_imports_that_make_the_same_label_share_it(manager: Client, project: Project) -> None:
    imported(manager, project, lines(ROW))
    imported(manager, project, lines({**ROW, "id": "b"}))
    assert Label.objects.filter(project=project).count() == 3
    assert len(said(project)) == 6
