"""Saved filters in the admin."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from documents.models import Project, Role, SavedFilter
from documents.services.saved_filters import save_filter
from tests.events import log_of
from tests.factories import ProjectFactory
from tests.staff import Staff, page

ADD = reverse("admin:documents_savedfilter_add")
LIST = "documents_savedfilter"


@pytest.fixture
def viewer(project: Project) -> Staff:
    return Staff.of(project, Role.VIEWER)


@pytest.fixture
def saved(project: Project, viewer: Staff) -> SavedFilter:
    return save_filter(
        actor=viewer.user, project=project, name="to do", query={"split": "train"}, is_shared=True
    )


def sent(query: Any, **fields: Any) -> dict[str, Any]:
    """Return what the form sends."""
    return {"name": "mine", "query": json.dumps(query)} | fields


def errors_on(response: Any) -> str:
    assert response.status_code == 200, response
    return str(response.context["errors"])


@pytest.mark.parametrize(
    "query",
    [
        {"status": "ready", "language": ["de", "nl"]},
        {"annotation_state": "submitted"},
        {"search": "comet"},
        {},
    ],
)
def test_anybody_in_a_project_keeps_a_query(viewer: Staff, project: Project, query: Any) -> None:
    response = viewer.save(ADD, project=project.pk, **sent(query, is_shared="on"))
    assert response.status_code == 302, response.context["errors"]
    made = SavedFilter.objects.get()
    assert (made.owner, made.name, made.query, made.is_shared) == (
        viewer.user,
        "mine",
        query,
        True,
    )
    assert log_of(made.pk) == [("saved_filter.created", viewer.user.pk)]
    assert "mine" in viewer.list_of(LIST)


def test_an_empty_query_asks_for_all(viewer: Staff, project: Project) -> None:
    assert viewer.save(ADD, project=project.pk, name="all", query="").status_code == 302
    assert SavedFilter.objects.get().query == {}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"status": "lost"}, "status"),
        ({"nonsense": "1"}, "Unknown filter"),
        ({"filter": "01980000-0000-7000-8000-000000000000"}, "Unknown filter"),
        ({"search": ["a", "b"]}, "Expected one text."),
        ({"search": "..."}, "search"),
        ({"tag": [1]}, "Expected a text or a list of texts."),
        (["tag"], "Expected a dictionary"),
    ],
)
def test_a_query_is_held_to_what_the_list_takes(
    viewer: Staff, project: Project, query: Any, told: str
) -> None:
    assert told in errors_on(viewer.save(ADD, project=project.pk, **sent(query)))
    assert not SavedFilter.objects.exists()


def test_what_is_no_json_is_refused(viewer: Staff, project: Project) -> None:
    response = viewer.save(ADD, project=project.pk, name="mine", query="status=ready")
    assert "valid JSON" in errors_on(response)


def test_a_name_is_taken_once(viewer: Staff, project: Project, saved: SavedFilter) -> None:
    response = viewer.save(ADD, project=project.pk, **sent({}, name="to do"))
    assert "You have a filter named" in errors_on(response)


def test_the_owner_changes_it_under_its_version(viewer: Staff, saved: SavedFilter) -> None:
    changes = sent({"split": "dev"}, name="to do", seen_version=1)
    assert viewer.save(page(saved), **changes).status_code == 302
    saved.refresh_from_db()
    assert (saved.query, saved.is_shared, saved.version) == ({"split": "dev"}, False, 2)
    assert "changed after" in errors_on(viewer.save(page(saved), **changes))
    wrong = sent({"split": "lost"}, name="to do", seen_version=2)
    assert "split" in errors_on(viewer.save(page(saved), **wrong))
    saved.refresh_from_db()
    assert saved.query == {"split": "dev"}


def test_the_owner_deletes_it(viewer: Staff, saved: SavedFilter) -> None:
    assert "changed after" in viewer.step(saved, "delete", version=9)[0]
    assert viewer.step(saved, "delete") == ["to do: deleted."]
    assert not SavedFilter.objects.exists()
    assert log_of(saved.pk)[-1] == ("saved_filter.deleted", viewer.user.pk)


def test_others_read_what_is_shared_and_see_nothing_else(
    viewer: Staff, project: Project, saved: SavedFilter
) -> None:
    manager = Staff.of(project, Role.MANAGER)
    shown = manager.page_of(saved)
    assert "train" in shown
    assert str(viewer.user) in shown
    assert "/delete/" not in shown
    changes = sent({}, name="theirs", seen_version=1)
    assert manager.save(page(saved), **changes).status_code == 403
    assert manager.press(saved, "delete").status_code == 403
    assert manager.confirm(LIST, "delete", saved) == ["to do: You may not do this."]
    SavedFilter.objects.update(is_shared=False)
    assert manager.get(page(saved)).status_code == 404
    assert str(saved.pk) not in manager.list_of(LIST)


def test_nobody_keeps_one_elsewhere(viewer: Staff) -> None:
    elsewhere = ProjectFactory.create()
    response = viewer.save(ADD, project=elsewhere.pk, **sent({}))
    assert "valid choice" in errors_on(response)


def test_filters_are_found_by_name(viewer: Staff, project: Project, saved: SavedFilter) -> None:
    for query, is_found in (("?q=DO", True), ("?q=done", False), (f"?project={project.pk}", True)):
        assert (page(saved) in viewer.list_of(LIST, query)) is is_found
