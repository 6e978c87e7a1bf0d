"""What lists of documents can be filtered by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from documents.models import Document, DuplicatePolicy, Project
from tests.client import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(project: Project, viewer: Client) -> Callable[..., Any]:
    """Return a function that asks for documents; dots of parameters are written as `__`."""

    def send(**query: Any) -> Any:
        named = {name.replace("__", "."): value for name, value in query.items()}
        return viewer.get(f"/projects/{project.pk}/documents?{urlencode(named, doseq=True)}")

    return send


@pytest.fixture
def find(ask: Callable[..., Any]) -> Callable[..., str]:
    """Return a function that finds documents and returns their titles, joined."""

    def titles(**query: Any) -> str:
        response = ask(**query)
        assert response.status_code == 200, response.content
        return "".join(document["title"] for document in response.json()["results"])

    return titles


def refusal(response: Any) -> str:
    """Return what a problem says of the parameter."""
    assert response.status_code == 400, response.content
    assert response.json()["code"] == "invalid_query"
    return str(response.json()["detail"])


def test_several_values_of_one_kind(made: Callable[..., Any], find: Callable[..., str]) -> None:
    made(title="a", language="de", split="train", tags=["x", "y"], external_id="1")
    made(title="b", language="nl", split="dev", tags=["y"], external_id="2")
    made(title="c", text="?", split="", media_type="text/markdown", external_id="3")
    assert find(language=["de", "nl"]) == "ab"
    assert find(language=["none", "nl"]) == "bc"
    assert find(split=["train", "dev"]) == "ab"
    assert find(split="none") == "c"
    assert find(tag=["x", "y"]) == "a"
    assert find(tag_any=["x", "y"]) == "ab"
    assert find(external_id=["1", "3"]) == "ac"
    assert find(media_type="text/markdown") == "c"
    assert find(status=["ready", "failed"]) == "abc"
    assert find(status="failed") == ""


def test_duplicates(project: Project, made: Callable[..., Any], find: Callable[..., str]) -> None:
    assert project.duplicates == DuplicatePolicy.LINK
    made(title="a", text="The same.")
    made(title="b", text="The same.")
    assert find(duplicate="true") == "b"
    assert find(duplicate="false") == "a"


def test_times(made: Callable[..., Any], find: Callable[..., str], manager: Client) -> None:
    first = made(title="a")
    made(title="b", text="Another.")
    now = timezone.now().isoformat()
    manager.patch(f"/documents/{first['id']}", {"tags": ["x"]}, if_match="1")
    assert find(updated_after=now) == "a"
    assert find(updated_before=now) == "b"
    assert find(created_before=now) == "ab"
    assert find(created_after=now) == ""


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
@pytest.mark.parametrize(
    "name", ["created_after", "created_before", "updated_after", "updated_before"]
)
def test_a_time_that_no_calendar_has_is_refused(
    ask: Callable[..., Any], name: str, moment: str
) -> None:
    assert name in refusal(ask(**{name: moment}))


def test_what_is_not_understood_is_refused(ask: Callable[..., Any]) -> None:
    assert "status" in refusal(ask(status="lost"))
    assert "tag" in refusal(ask(tag="x" * 256))
    assert "nonsense" in refusal(ask(nonsense="1"))
    assert "more than once" in refusal(ask(search=["a", "b"]))
    assert "filter" in refusal(ask(filter="nope"))


@pytest.fixture
def declared(project: Project, manager: Client) -> None:
    for name, kind in (
        ("genre", "keyword"),
        ("year", "number"),
        ("sent", "datetime"),
        ("signed", "boolean"),
    ):
        path = f"/projects/{project.pk}/metadata-fields"
        assert manager.post(path, {"name": name, "type": kind}).status_code == 201


@pytest.mark.usefixtures("declared")
def test_declared_metadata(made: Callable[..., Any], find: Callable[..., str]) -> None:
    made(title="a", metadata={"genre": "letter", "year": 1843, "signed": True})
    made(title="b", metadata={"genre": "note", "year": 1843.5, "sent": "1843-07-10"})
    made(title="c", metadata={"genre": None, "sent": "1843-07-10T02:00:00+02:00"})
    made(title="d", metadata={"year": -5, "signed": False, "free": [1]})
    assert find(metadata__genre="letter") == "a"
    assert find(metadata__year="1843") == find(metadata__year="1843.0") == "a"
    assert find(metadata__year__gt="1843") == "b"
    assert find(metadata__year__gte="1843") == "ab"
    assert find(metadata__year__lt="1843") == "d"
    assert find(metadata__year__gte="-5", metadata__year__lte="1.843e3") == "ad"
    assert find(metadata__sent="1843-07-10T00:00:00Z") == "bc"
    assert find(metadata__sent__gt="1843-07-10") == ""
    assert find(metadata__signed="false") == "d"
    assert find(metadata__genre__exists="true") == "ab"
    assert find(metadata__genre__exists="false") == "cd"
    assert find(metadata__year__exists="true", metadata__year__gt="0") == "ab"
    assert find(metadata__genre="note", metadata__year__gt="0", search="Ada") == "b"


@pytest.mark.usefixtures("declared")
def test_metadata_that_do_not_fit_are_refused(ask: Callable[..., Any]) -> None:
    assert "genre, sent, signed, year" in refusal(ask(metadata__free="1"))
    assert "metadata.genre, metadata.genre.exists" in refusal(ask(metadata__genre__gt="a"))
    assert "metadata.year.lte" in refusal(ask(metadata__year__regex="1"))
    for value in ("nan", "1e999", "0x1", "1_000", "inf"):
        assert "a number" in refusal(ask(metadata__year=value))
    for value in ("1843", "1843-02-30", "0000-01-01", "tomorrow", "9999-12-31T23:59:59-14:00"):
        assert "ISO 8601" in refusal(ask(metadata__sent=value))
    assert "true or false" in refusal(ask(metadata__signed="1"))
    assert "true or false" in refusal(ask(metadata__year__exists="1"))


def test_without_declared_metadata_there_are_none_to_filter_by(ask: Callable[..., Any]) -> None:
    assert "declares no metadata" in refusal(ask(metadata__year="1"))


def test_only_lists_take_metadata(made: Callable[..., Any], viewer: Client) -> None:
    document = made()
    assert viewer.get(f"/documents/{document['id']}?metadata.year=1").status_code == 400


def test_a_text_that_is_processed_is_found(
    upload: Callable[..., Any], working: Callable[..., Any], find: Callable[..., str]
) -> None:
    with working():
        upload(b"Ada lives in Turin.", title="a")
    assert Document.objects.get().status == "ready"
    assert find(search="turin") == "a"


def test_members_are_asked_for_by_their_names(ask: Callable[..., Any]) -> None:
    refused = ask(fields="title,text").json()
    assert (refused["code"], refused["errors"][0]["parameter"]) == ("invalid_query", "fields")
    assert refused["errors"][0]["detail"].endswith("snippets; found 'text'.")
