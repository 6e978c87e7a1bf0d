"""In a blind project no annotator learns by comments what others have said and is not approved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotations.models import Comment, Notification
from documents.models import Document, Project, Role
from tests.annotations.commenting import answer, refused, seen, told, unread, write
from tests.client import Client

Do = Callable[..., Any]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _blind(project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(is_blind=True)


@pytest.fixture
def place(document: Document) -> str:
    return f"/documents/{document.pk}/comments"


@pytest.fixture
def everything(place: str) -> str:
    return f"{place}?replies=true"


@pytest.fixture
def other(member: Do) -> Client:
    made: Client = member(Role.ANNOTATOR)
    return made


# On annotations: as these


def test_comments_on_annotations_are_seen_with_them(
    annotator: Client, other: Client, curator: Client, said: Do, everything: str, brought: Do
) -> None:
    one = said(annotator)
    path = f"/annotations/{one['id']}/comments"
    thread = write(curator, path, "Sure?")
    reply = answer(annotator, thread, "Yes.")
    assert other.get(path).status_code == 404
    assert seen(other, everything) == []
    for comment in (thread, reply):
        assert other.get(f"/comments/{comment['id']}").status_code == 404
    assert other.post(f"/comments/{thread['id']}/replies", {"body": "No."}).status_code == 404
    assert seen(annotator, everything) == ["Sure?", "Yes."]
    brought(one["annotation_set_id"], "approved", annotator, curator)
    assert seen(other, everything) == seen(other, f"{path}?replies=true") == ["Sure?", "Yes."]


# On documents: as they are meant for somebody


def test_annotators_see_no_threads_of_each_other(
    annotator: Client, other: Client, everything: str, place: str, project: Project
) -> None:
    mine = write(annotator, place, "I took Ada for a person.")
    answer(annotator, mine, "And Zoë.")
    for path in (everything, place, f"/projects/{project.pk}/comments?replies=true"):
        assert seen(other, path) == []
    assert other.get(f"/comments/{mine['id']}").status_code == 404
    assert other.get(f"/comments/{mine['id']}/replies").status_code == 404
    assert other.post(f"/comments/{mine['id']}/resolve").status_code == 404
    assert seen(annotator, everything) == ["I took Ada for a person.", "And Zoë."]


@pytest.mark.parametrize("role", ["curator", "manager", "viewer"])
def test_all_others_see_every_thread(
    request: pytest.FixtureRequest, role: str, annotator: Client, everything: str, place: str
) -> None:
    reader: Client = request.getfixturevalue(role)
    answer(annotator, write(annotator, place, "Hm."))
    assert seen(reader, everything) == ["Hm.", "Aha."]


@pytest.mark.parametrize("role", ["curator", "manager"])
def test_what_reviewers_ask_all_is_seen_by_all_but_each_answer_by_its_author(
    request: pytest.FixtureRequest,
    role: str,
    annotator: Client,
    other: Client,
    everything: str,
    place: str,
) -> None:
    boss: Client = request.getfixturevalue(role)
    thread = write(boss, place, "What is Ada?")
    answer(annotator, thread, "A person.")
    answer(other, thread, "A language.")
    answer(boss, thread, "Thanks.")
    assert seen(annotator, everything) == ["What is Ada?", "A person.", "Thanks."]
    assert seen(other, everything) == ["What is Ada?", "A language.", "Thanks."]
    assert other.get(f"/comments/{thread['id']}").json()["reply_count"] == 2
    assert boss.get(f"/comments/{thread['id']}").json()["reply_count"] == 3


def test_replies_in_a_thread_of_ones_own_are_seen(
    annotator: Client, other: Client, everything: str, place: str
) -> None:
    thread = write(annotator, place, "What do you take Ada for?", other)
    answer(other, thread, "A person.")
    assert seen(annotator, everything) == ["What do you take Ada for?", "A person."]
    assert seen(other, everything) == ["What do you take Ada for?", "A person."]


def test_who_is_mentioned_sees_the_thread_and_what_its_author_says(
    annotator: Client, other: Client, member: Do, curator: Client, everything: str, place: str
) -> None:
    third = member(Role.ANNOTATOR)
    thread = write(annotator, place, "Ada?")
    answer(annotator, thread, "Or Zoë?")
    assert seen(other, everything) == []
    asked = answer(curator, thread, "What do you say?", other)
    assert seen(other, everything) == ["Ada?", "Or Zoë?", "What do you say?"]
    assert seen(third, everything) == []
    answer(other, thread, "Ada.")
    answer(curator, thread, "You?", third)
    assert seen(third, everything) == ["Ada?", "Or Zoë?", "What do you say?", "You?"]
    curator.delete(f"/comments/{asked['id']}", if_match="1")
    assert seen(other, everything) == []


def test_what_somebody_wrote_as_an_annotator_stays_theirs(
    annotator: Client, other: Client, curator: Client, place: str, project: Project
) -> None:
    write(annotator, place, "I took Ada for a person.")
    write(curator, place, "Take names.")
    memberships = project.memberships
    memberships.filter(user=annotator.person).update(role=Role.CURATOR)
    memberships.filter(user=curator.person).update(role=Role.ANNOTATOR)
    assert seen(other, place) == ["Take names."]


def test_an_open_project_hides_nothing(
    annotator: Client, other: Client, place: str, project: Project
) -> None:
    Project.objects.filter(pk=project.pk).update(is_blind=False)
    write(annotator, place, "Hm.")
    assert seen(other, place) == ["Hm."]


# Nobody is told of what they cannot see


def test_who_cannot_see_a_reply_is_not_told(
    annotator: Client, other: Client, curator: Client, place: str
) -> None:
    thread = write(curator, place, "What is Ada?")
    answer(annotator, thread, "A person.")
    answer(other, thread, "A language.")
    assert (told(annotator), unread(annotator)) == ([], 0)
    assert set(Notification.objects.values_list("person", flat=True)) == {curator.person.pk}
    assert told(curator) == [("reply", "A language."), ("reply", "A person.")]


def test_who_is_mentioned_no_more_sees_what_they_were_told_no_more(
    annotator: Client, other: Client, place: str
) -> None:
    thread = write(annotator, place, "Ada?", other)
    assert told(other) == [("mention", "Ada?")]
    annotator.patch(f"/comments/{thread['id']}", {"mentions": []}, if_match="1")
    assert (told(other), unread(other)) == ([], 0)


def test_nothing_is_found_through_filters(
    annotator: Client, other: Client, curator: Client, place: str
) -> None:
    thread = write(curator, place, "What is Ada?")
    answer(annotator, thread, "A person.", curator)
    for query in (f"author={annotator.person.pk}", f"mentioned={curator.person.pk}"):
        assert seen(other, f"{place}?replies=true&{query}") == []
    assert refused(other.get(f"{place}?body=x"), 400, "invalid_query")
    assert Comment.objects.count() == 2
