"""Pages follow one another over ties, forth and back, while rows come and go."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotations.models import Label
from config.api.pagination import Cursor
from config.api.problems import InvalidQuery
from documents.models import Project
from tests.client import Client
from tests.factories import LabelFactory, ProjectFactory, UserFactory

IN_ONE_DATABASE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
# The public orderings of labels and what each compares.
ORDERINGS: dict[str, Callable[[Label], Any]] = {
    "position": lambda label: (label.position, label.pk),
    "name": lambda label: (label.name, label.pk),
    "created_at": lambda label: label.pk,
}
orderings = st.sampled_from([sign + name for name in ORDERINGS for sign in ("", "-")])
limits = st.integers(1, 5)


@pytest.fixture
def reader(db: None) -> Client:
    """Return a client of somebody who sees every project."""
    return Client.of(UserFactory.create(is_superuser=True))


def labels(*positions: int) -> tuple[Project, list[Label]]:
    """Make a project with labels at these positions; spans and documents share their names."""
    project = ProjectFactory.create()
    kinds = itertools.cycle(["span", "document"])
    return project, [
        LabelFactory.create(project=project, position=place, name=f"{number // 2}", kind=kind)
        for (number, place), kind in zip(enumerate(positions), kinds, strict=False)
    ]


def archive(label: Label) -> None:
    """Take a label out of the lists."""
    Label.objects.filter(pk=label.pk).update(archived_at=timezone.now())


def in_order(rows: list[Label], ordering: str) -> list[str]:
    """Return the ids of the rows in the order that is asked for."""
    key = ORDERINGS[ordering.removeprefix("-")]
    return [str(row.pk) for row in sorted(rows, key=key, reverse=ordering.startswith("-"))]


def ids(page: Any) -> list[str]:
    assert page.status_code == 200
    return [row["id"] for row in page.data["results"]]


def follow(client: Client, page: Any, link: str) -> Any:
    """Return the page that a link of another one leads to, or None at an end."""
    return client.http.get(page.data[link]) if page.data[link] else None


def walk(client: Client, page: Any, link: str) -> list[Any]:
    """Return this page and all that the links lead to."""
    found = []
    while page:
        found.append(page)
        page = follow(client, page, link)
    return found


@IN_ONE_DATABASE
@given(st.lists(st.integers(0, 2), max_size=12), limits, orderings)
def test_walks_forth_and_back_over_ties(
    reader: Client, positions: list[int], limit: int, ordering: str
) -> None:
    project, rows = labels(*positions)
    first = reader.get(f"/projects/{project.pk}/labels?limit={limit}&ordering={ordering}")
    forth = walk(reader, first, "next")
    expected = in_order(rows, ordering)
    assert [ids(page) for page in forth] == [
        expected[start : start + limit] for start in range(0, len(expected) or 1, limit)
    ]
    back = walk(reader, forth[-1], "previous")
    assert [ids(page) for page in back] == [ids(page) for page in reversed(forth)]
    assert first.data["previous"] is None


@IN_ONE_DATABASE
@given(st.lists(st.integers(0, 2), min_size=1, max_size=10), limits, orderings, st.data())
def test_rows_that_come_and_go_neither_repeat_nor_hide_others(
    reader: Client, positions: list[int], limit: int, ordering: str, data: st.DataObject
) -> None:
    project, rows = labels(*positions)
    staying = {str(row.pk) for row in rows}
    seen: list[str] = []
    page = reader.get(f"/projects/{project.pk}/labels?limit={limit}&ordering={ordering}")
    while page:
        seen += ids(page)
        for row in data.draw(st.sets(st.sampled_from(rows), max_size=2)):
            archive(row)
            staying.discard(str(row.pk))
        if len(rows) < 20 and data.draw(st.booleans()):
            place = data.draw(st.integers(0, 2))
            rows.append(LabelFactory.create(project=project, position=place))
        page = follow(reader, page, "next")
    assert seen == [row for row in in_order(rows, ordering) if row in seen]
    assert staying <= set(seen)


def test_the_first_page_holds_fifty(reader: Client) -> None:
    project, _ = labels(*[0] * 51)
    page = reader.get(f"/projects/{project.pk}/labels")
    assert len(ids(page)) == 50
    assert len(ids(follow(reader, page, "next"))) == 1


def test_the_total_comes_only_when_asked_for(reader: Client) -> None:
    project, _ = labels(0, 1, 2)
    path = f"/projects/{project.pk}/labels"
    assert set(reader.get(path).data) == {"results", "next", "previous"}
    assert "count" not in reader.get(f"{path}?count=false").data
    page = reader.get(f"{path}?count=true&limit=2")
    assert page.data["count"] == 3
    assert follow(reader, page, "next").data["count"] == 3


def test_links_keep_what_was_asked_for(reader: Client) -> None:
    project, _ = labels(0, 1, 2)
    path = f"/projects/{project.pk}/labels?fields=name&kind=span&limit=1&ordering=-name"
    link = urlsplit(reader.get(path).data["next"])
    assert link.path == f"/api/v1/projects/{project.pk}/labels"
    query = parse_qs(link.query)
    assert query.pop("cursor")
    assert query == {"fields": ["name"], "kind": ["span"], "limit": ["1"], "ordering": ["-name"]}


def test_an_empty_list_leads_nowhere(reader: Client) -> None:
    page = reader.get(f"/projects/{ProjectFactory.create().pk}/labels")
    assert page.data == {"results": [], "next": None, "previous": None}


def test_before_the_first_row_a_link_leads_to_the_first_page(reader: Client) -> None:
    project, (first, second) = labels(0, 1)
    page = follow(reader, reader.get(f"/projects/{project.pk}/labels?limit=1"), "next")
    archive(first)
    before = follow(reader, page, "previous")
    assert (ids(before), before.data["previous"]) == ([], None)
    assert ids(follow(reader, before, "next")) == [str(second.pk)]


def test_beyond_the_last_row_a_link_leads_to_the_first_page(reader: Client) -> None:
    project, (first, second) = labels(0, 1)
    page = reader.get(f"/projects/{project.pk}/labels?limit=1")
    archive(second)
    beyond = follow(reader, page, "next")
    assert (ids(beyond), beyond.data["next"]) == ([], None)
    assert ids(follow(reader, beyond, "previous")) == [str(first.pk)]


def test_a_deep_page_counts_no_rows(reader: Client, django_assert_max_num_queries: Any) -> None:
    project, _ = labels(*range(6))
    pages = walk(reader, reader.get(f"/projects/{project.pk}/labels?limit=1"), "next")
    with django_assert_max_num_queries(10) as captured:
        reader.http.get(pages[-2].data["next"])
    assert not [query for query in captured if "OFFSET" in query["sql"] or "COUNT" in query["sql"]]


# Cursors that clients made themselves


def refused(page: Any) -> str:
    assert (page.status_code, page.json()["code"]) == (400, "invalid_query")
    (error,) = page.json()["errors"]
    assert error["parameter"] == "cursor"
    return str(error["detail"])


def forged(content: Any) -> str:
    """Return a cursor with this content."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


ID = "01980000-0000-7000-8000-000000000000"
FORGED = {
    "not base64": "!",
    "one letter": "a",
    "not ASCII": "é",
    "not JSON": base64.urlsafe_b64encode(b"x").decode(),
    "not UTF-8": base64.urlsafe_b64encode(b'"\xff"').decode(),
    "a number": forged(1),
    "too short": forged(["name", False]),
    "no list": forged(["name", False, "x"]),
    "an object": forged({"name": 1, "b": 2, "c": 3}),
    "deep": base64.urlsafe_b64encode(b"[" * 5000).decode(),
    "another ordering": forged(["position", False, [1, ID]]),
    "one value": forged(["name", False, ["x"]]),
    "three values": forged(["name", False, ["x", ID, ID]]),
    "no id": forged(["name", False, ["x", "y"]]),
    "a number as id": forged(["name", False, ["x", -1]]),
    "a list as id": forged(["name", False, ["x", [ID]]]),
    "null": forged(["name", False, [None, ID]]),
    "NUL": forged(["name", False, ["\x00", ID]]),
    "a lone surrogate": forged(["name", False, ["\ud800", ID]]),
}


@pytest.mark.parametrize("case", FORGED)
def test_refuses_a_forged_cursor(reader: Client, case: str) -> None:
    page = reader.get(f"/projects?ordering=name&cursor={quote(FORGED[case])}")
    reason = refused(page)
    assert reason in {"Not a cursor of this list.", "Made for another ordering of this list."}


@pytest.mark.parametrize("time", ["2026-01-01", "2026-01-01T00:00:00", "noon", "", 1, 1e400, []])
def test_refuses_a_time_without_its_zone(reader: Client, time: Any) -> None:
    cursor = forged(["updated_at", False, [time, ID]])
    refused(reader.get(f"/projects?ordering=updated_at&cursor={cursor}"))


@pytest.mark.parametrize("position", ["x", 1e400, [], "1e5", float("nan")])
def test_refuses_a_number_that_is_none(reader: Client, project: Project, position: Any) -> None:
    cursor = forged(["position", False, [position, ID]])
    refused(reader.get(f"/projects/{project.pk}/labels?cursor={cursor}"))


@pytest.mark.parametrize("digits", [20, 4000])
def test_any_number_is_a_place(reader: Client, digits: int) -> None:
    project, (row,) = labels(0)
    path = f"/projects/{project.pk}/labels?cursor="
    assert ids(reader.get(path + forged(["position", False, [10**digits, ID]]))) == []
    assert ids(reader.get(path + forged(["position", False, [-(10**digits), ID]]))) == [str(row.pk)]


def test_refuses_the_cursor_of_another_ordering(reader: Client) -> None:
    project, _ = labels(0, 1)
    page = reader.get(f"/projects/{project.pk}/labels?limit=1&ordering=name")
    turned = page.data["next"].replace("ordering=name", "ordering=-name")
    assert refused(reader.http.get(turned)) == "Made for another ordering of this list."


def test_an_empty_cursor_is_none(reader: Client, project: Project) -> None:
    assert reader.get(f"/projects/{project.pk}/labels?cursor=").status_code == 200


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(ID),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=6,
)
cursors = (
    json_values | st.tuples(orderings, st.booleans(), st.lists(json_values, min_size=1, max_size=3))
).map(forged) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode())


@IN_ONE_DATABASE
@given(cursor=cursors | st.text(), ordering=orderings)
def test_no_cursor_is_a_fault_of_ours(
    reader: Client, project: Project, cursor: str, ordering: str
) -> None:
    text = quote(cursor, safe="", errors="replace")
    page = reader.get(f"/projects/{project.pk}/labels?ordering={ordering}&cursor={text}")
    assert page.status_code in {200, 400}


@given(st.text(), st.booleans(), st.lists(json_values))
def test_reads_the_cursors_it_wrote(ordering: str, backwards: bool, values: list[Any]) -> None:
    cursor = Cursor(ordering, backwards, values)
    again = Cursor.decode(cursor.encode(), ordering)
    assert json.dumps(vars(again)) == json.dumps(vars(cursor))
    with pytest.raises(InvalidQuery):
        Cursor.decode(cursor.encode(), f"-{ordering}")
