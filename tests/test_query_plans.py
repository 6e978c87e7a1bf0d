"""No list scans a whole table nor sorts one: its plans for a million rows, however asked for.

The tables of a test are nearly empty, so the planner is told otherwise: in the transaction of the
test each hot one is said to have a million rows. Of their columns nothing is known then, so that a
comparison is taken to keep one row in 200: a project has 5,000 of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from config.urls import v1
from documents.models import Document, Membership, Project, Role
from tests.client import BASE, Client
from tests.factories import DocumentFactory, UserFactory
from tests.test_query_counts import ADD, LISTS, path_of
from users.models import User

pytestmark = pytest.mark.django_db
A_MILLION = 1_000_000
# As many rows may be read to be sorted, or to be thrown away: no more than a page could have.
FEW = 1_000
# What grows with the work; of projects, people and labels there are few.
HOT = (
    "annotations_annotation",
    "annotations_annotationset",
    "annotations_comment",
    "annotations_notification",
    "annotations_relation",
    "documents_delivery",
    "documents_document",
    "documents_job",
    "documents_joberror",
    "documents_revision",
    "documents_searchentry",
    "documents_tally",
    "users_event",
)
ONE = str(uuid4())
THEN = "2026-01-02T03:04:05Z"
SAID = ("label", "author", "annotation_set", "model_run", "source", "target", "document")
# A value for each filter, whatever list it is of; `None` are those that only go with another one.
VALUES: dict[str, str | None] = {
    **dict.fromkeys((*SAID, "parent", "without_label", "annotated_by", "mentioned"), ONE),
    **dict.fromkeys(("created_after", "created_before", "updated_after", "since", "until"), THEN),
    **dict.fromkeys(("deleted", "erased", "duplicate", "resolved", "archived", "top"), "true"),
    **dict.fromkeys(("live", "unread", "replies"), "true"),
    **dict.fromkeys(("search", "substring", "text", "quote", "name", "tag", "tag_any"), "turin"),
    **dict.fromkeys(("external_id", "sha256", "address", "action"), "n-1"),
    "updated_before": THEN,
    "actor": ONE,
    "project": ONE,
    "status": "ready",
    "error_code": "broken",
    "split": "train",
    "language": "en",
    "media_type": "text/plain",
    "annotation_state": "none",
    "anchoring": "lost",
    "set_kind": "gold",
    "on": "document",
    "filter": None,
    "lang": None,
}
OF_ROUTE = {
    ("invitations", "state"): "open",
    ("deliveries", "state"): "failed",
    ("jobs", "state"): "pending",
    ("jobs", "kind"): "import",
    ("labels", "kind"): "span",
    ("project-annotations", "kind"): "span",
    ("notifications", "kind"): "mention",
    ("security-log", "target"): ONE,
    ("security-log", "action"): "user.signed_in",
    ("security-log", "address"): "127.0.0.1",
}
OTHERWISE = {"state": "draft", "kind": "gold"}
BY_ROUTE = {route.name: route.callback.cls for route in v1}  # type: ignore[attr-defined]


def filters(route: str) -> list[str]:
    """Return a query for each filter of a list."""
    known = BY_ROUTE[route].filterset_class
    given = {
        name: OF_ROUTE.get((route, name), VALUES[name] if name in VALUES else OTHERWISE[name])
        for name in (known.base_filters if known else ())
    }
    return ["", *(f"&{name}={value}" for name, value in given.items() if value)]


def orderings(route: str) -> list[str]:
    names = [name for name in BY_ROUTE[route].orderings if name != "relevance"]
    return [sign + name for name in names for sign in ("", "-")]


@pytest.fixture
def document(project: Project) -> Document:
    made: Document = DocumentFactory.create(project=project)
    return made


def tell_of_millions() -> None:
    """Tell the planner that the hot tables have a million rows each."""
    with connection.cursor() as cursor:
        # The planner sees that they have one page each, and to read that is never dear: so what
        # reads a whole table is held back, and shows only where there is no other way.
        for way in ("seqscan", "mergejoin", "hashjoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute("ANALYZE")
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = ANY(%s::regclass[])", [list(HOT)])
        cursor.execute(
            "UPDATE pg_class SET reltuples = %s, relpages = 1 WHERE oid = ANY(%s::regclass[])",
            [A_MILLION, list(HOT)],
        )


def plan_of(statement: str, values: Any) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
        (found,) = cursor.fetchone()
    told = json.loads(found) if isinstance(found, str) else found
    plan: dict[str, Any] = told[0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def walks(node: dict[str, Any]) -> bool:
    """Return whether a table is read in the order of its rows, most of which are thrown away."""
    by_id = node.get("Index Name", "").endswith("_pkey")
    return by_id and "Filter" in node and "Index Cond" not in node


def faults(plan: dict[str, Any]) -> list[str]:
    """Return what is wrong with a plan: which table it scans, and what it sorts."""
    found = []
    for node in nodes(plan):
        kind, table = node["Node Type"], node.get("Relation Name")
        if table in HOT and kind == "Seq Scan":
            found.append(f"scans {table}")
        if table in HOT and walks(node):
            found.append(f"walks {table} by {node['Index Name']}")
        if kind == "Sort" and node["Plans"][0]["Plan Rows"] > FEW:
            found.append(f"sorts {node['Plans'][0]['Plan Rows']} rows by {node['Sort Key']}")
    return found


class Asked(list[tuple[str, Any]]):
    """The statements that read, with their values: what is prepared is logged without."""

    def __call__(self, run: Any, statement: str, values: Any, many: Any, context: Any) -> Any:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            self.append((statement, values))
        return run(statement, values, many, context)


def asked(client: Client, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the statements that read for an answer, and for the page behind it."""
    for _ in range(1 if "&" in path.partition("ordering")[2] else 2):
        statements = Asked()
        with connection.execute_wrapper(statements):
            answer = client.get(path)
            assert answer.status_code == 200, answer.content
        yield from statements
        if not answer.json()["next"]:
            return
        path = answer.json()["next"].partition(BASE)[2]


@pytest.mark.parametrize("role", ["superuser", Role.ANNOTATOR])
@pytest.mark.parametrize("route", LISTS)
def test_no_list_scans_or_sorts_a_table(
    project: Project, document: Document, route: str, role: str
) -> None:
    person = UserFactory.create(is_superuser=True)
    path = path_of(route, project, document)
    for _ in range(2):
        ADD[route](document)
    if role != "superuser":
        User.objects.update(is_superuser=False)
        for one in Project.objects.all():
            Membership.objects.create(project=one, user=person, role=role)
    client = Client.of(person)
    if client.get(path).status_code in {403, 404}:
        pytest.skip("not for them")
    tell_of_millions()
    found = set()
    for ordering, query in product(orderings(route), filters(route)):
        for statement in asked(client, f"{path}?limit=1&ordering={ordering}{query}"):
            for fault in faults(plan_of(*statement)):
                found.add(f"{ordering}{query}: {fault}")
    assert not found, "\n".join(sorted(found))
