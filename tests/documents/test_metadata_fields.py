"""What a project declares of its documents' metadata, and that it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.finding.values import fits, misfits, moment
from documents.models import MetadataValue, Project
from tests.client import Client
from tests.events import changed, last_event, log_of

Declare = Callable[..., Any]


@pytest.fixture
def declare(project: Project, manager: Client) -> Declare:
    """Return a function that declares metadata."""

    def send(name: str, kind: str) -> Any:
        path = f"/projects/{project.pk}/metadata-fields"
        return manager.post(path, {"name": name, "type": kind})

    return send


@pytest.mark.django_db
def test_a_field_is_declared_changed_and_withdrawn(
    declare: Declare, made: Callable[..., Any], manager: Client, viewer: Client
) -> None:
    made(metadata={"year": 1843})
    made(metadata={"year": "about 1850"})
    made(metadata={"year": "1850"})
    response = declare("year", "number")
    assert response.status_code == 201
    field = response.json()
    assert (field["name"], field["type"], field["misfits"]) == ("year", "number", 2)
    assert response.headers["Location"].endswith(f"/metadata-fields/{field['id']}")
    path = f"/metadata-fields/{field['id']}"
    assert "misfits" not in viewer.get(path).json()
    assert [value.number for value in MetadataValue.objects.all()] == [1843]
    assert manager.patch(path, {"type": "keyword"}).status_code == 428
    response = manager.patch(path, {"type": "keyword"}, if_match="1")
    assert (response.status_code, response.json()["misfits"]) == (200, 1)
    assert changed(last_event(field["id"]))["type"] == ("number", "keyword")
    assert not MetadataValue.objects.exists()
    assert manager.delete(path, if_match="1").status_code == 412
    assert manager.delete(path, if_match="2").status_code == 204
    assert viewer.get(path).status_code == 404
    actions = [action for action, _ in log_of(field["id"])]
    assert actions == [f"metadata_field.{step}" for step in ("created", "updated", "deleted")]


@pytest.mark.django_db
def test_a_name_is_declared_once(declare: Declare, manager: Client) -> None:
    declare("year", "number")
    response = declare("year", "keyword")
    assert (response.status_code, response.json()["code"]) == (409, "metadata_field_taken")
    other = declare("day", "number").json()
    response = manager.patch(f"/metadata-fields/{other['id']}", {"name": "year"}, if_match="1")
    assert response.status_code == 409


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "a.b", "1a", "a b", "x" * 101, "-a"])
def test_names_are_words(declare: Declare, name: str) -> None:
    assert declare(name, "number").status_code == 422


@pytest.mark.django_db
def test_types_count_what_does_not_fit(declare: Declare, made: Callable[..., Any]) -> None:
    values: list[Any] = [1, 1.5, True, "a", "1843-07-10", "1843-02-30", None, [], {}, "x" * 1001]
    for value in values:
        made(metadata=dict.fromkeys(("k", "n", "d", "b"), value))
    made()
    told = {kind: declare(kind[0], kind).json()["misfits"] for kind in EXPECTED_FITS}
    given_ = len(values) - 1
    assert told == {kind: given_ - fitting for kind, fitting in EXPECTED_FITS.items()}
    for kind, fitting in EXPECTED_FITS.items():
        assert sum(fits(kind, value) for value in values if value is not None) == fitting


EXPECTED_FITS = {"keyword": 3, "number": 2, "datetime": 1, "boolean": 1}


@pytest.mark.django_db
def test_what_is_written_is_held_to_it(
    declare: Declare, made: Callable[..., Any], manager: Client, project: Project
) -> None:
    document = made(metadata={"year": "old"})
    declare("year", "number")
    path = f"/documents/{document['id']}"
    assert manager.patch(path, {"title": "New"}, if_match="1").status_code == 200
    response = manager.patch(path, {"metadata": {"year": "new"}}, if_match="2")
    assert (response.status_code, response.json()["code"]) == (422, "invalid_metadata")
    assert response.json()["errors"] == [
        {
            "pointer": "/metadata/year",
            "code": "invalid_metadata",
            "detail": "Expected a number, found 'new'.",
        }
    ]
    response = manager.post(
        f"/projects/{project.pk}/documents", {"text": "x", "metadata": {"year": "y" * 100}}
    )
    assert response.status_code == 422
    assert response.json()["detail"].endswith("yyy….")
    changes = {"metadata": {"year": 1850, "free": []}}
    assert manager.patch(path, changes, if_match="2").status_code == 200
    assert [value.number for value in MetadataValue.objects.all()] == [1850]
    assert manager.patch(path, {"metadata": {}}, if_match="3").status_code == 200
    assert not MetadataValue.objects.exists()


@pytest.mark.django_db
def test_what_a_file_says_of_itself_gives_way(
    declare: Declare, upload: Callable[..., Any], working: Callable[..., Any]
) -> None:
    declare("title", "number")
    with working():
        document = upload(b"<!DOCTYPE html><title>Ada</title><p>Ada lives in Turin.", "a.html")
    document.refresh_from_db()
    assert (document.status, document.metadata) == ("ready", {})


TIMES = [
    "1843-07-10",
    "1843-07-10T12:00",
    "1843-07-10 12:00:00.123456-14:59",
    "0001-01-01",
    "2024-02-29",
    "9999-12-31T23:59:59Z",
]
NO_TIMES = [
    "2023-02-29",
    "1843-04-31",
    "1843-13-01",
    "1843-07-10T24:00",
    "1843-07-10T12:00:60",
    "1843-07-10T12:00+15:00",
    "1843-07-10T12",
    "0000-01-01",
    "01843-07-10",
    "1843-7-10",
    "1843-07-10\n",
    " 1843-07-10",
    "now",
    "\u0661\u0668\u0664\u0663-07-10",
]


@pytest.mark.django_db
def test_python_and_postgresql_read_the_same_times(
    declare: Declare, made: Callable[..., Any]
) -> None:
    for text in TIMES + NO_TIMES:
        made(metadata={"d": text})
    assert declare("d", "datetime").json()["misfits"] == len(NO_TIMES)
    read = [value.moment for value in MetadataValue.objects.order_by("document")]
    assert read == [moment(text) for text in TIMES]
    assert [moment(text) for text in NO_TIMES] == [None] * len(NO_TIMES)


@given(st.floats() | st.integers() | st.booleans() | st.text())
def test_numbers_are_finite(value: Any) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    expected = is_number and value == value and abs(value) < 1.8e308  # noqa: PLR0124
    assert fits("number", value) == expected


def test_a_number_beyond_all_bounds_does_not_fit() -> None:
    assert not fits("number", 10**400)
    assert misfits({"n": "number"}, {"n": None, "m": "x"}) == []
