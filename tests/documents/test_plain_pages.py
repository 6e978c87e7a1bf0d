"""Lists of all documents, which one statement finds and shows, are what any other list is."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from documents.models import Document, Membership, Project
from tests.client import BASE, Client
from tests.factories import (
    DocumentFactory,
    ProjectFactory,
    UserFactory,
    token_of,
)
from tests.test_query_plans import Asked, nodes, plan_of, walks

ORDERINGS = ("created_at", "-created_at")
# Every document is changed since: the list that this filters is the plain one.
EVERYTHING = "updated_after=2000-01-01T00:00:00Z"


@pytest.fixture
def documents(project: Project) -> list[Document]:
    """Return seven documents, beside a deleted one and one of another project."""
    made = [DocumentFactory.create(project=project, tags=[str(n)]) for n in range(7)]
    DocumentFactory.create(project=project, deleted_at=timezone.now())
    DocumentFactory.create(project=ProjectFactory.create())
    return made


def pages(client: Client, address: str, way: str) -> Iterator[list[dict[str, Any]]]:
    """Yield the pages of a list from an address on, by their links `next` or `previous`."""
    following: str | None = address
    while following:
        page = client.get(following).json()
        yield page["results"]
        following = page[way] and below(page[way])


def below(link: str) -> str:
    """Return a link's address as the client takes it."""
    return link.partition(BASE)[2]


@pytest.mark.parametrize("ordering", ORDERINGS)
@pytest.mark.parametrize("rest", ["", "&fields=id,title,annotation_count"])
def test_shows_what_filtered_lists_show(
    viewer: Client, documents: list[Document], ordering: str, rest: str
) -> None:
    path = f"/projects/{documents[0].project_id}/documents?limit=3&ordering={ordering}{rest}"
    plain = list(pages(viewer, path, "next"))
    assert [len(one) for one in plain] == [3, 3, 1]
    assert plain == list(pages(viewer, f"{path}&{EVERYTHING}", "next"))


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_pages_lead_back_as_they_led_on(
    viewer: Client, documents: list[Document], ordering: str
) -> None:
    path = f"/projects/{documents[0].project_id}/documents?limit=2&ordering={ordering}"
    forth = list(pages(viewer, path, "next"))
    last = path
    while following := viewer.get(last).json()["next"]:
        last = below(following)
    assert list(pages(viewer, last, "previous"))[::-1] == forth


def test_a_superuser_is_shown_any_project(documents: list[Document]) -> None:
    superuser = Client.of(UserFactory.create(is_superuser=True))
    shown = superuser.get(f"/projects/{documents[0].project_id}/documents").json()["results"]
    assert [one["id"] for one in shown] == [str(one.pk) for one in documents]


@pytest.mark.parametrize("is_superuser", [False, True])
def test_a_token_of_one_project_reaches_no_other(
    documents: list[Document], *, is_superuser: bool
) -> None:
    user, here = UserFactory.create(is_superuser=is_superuser), documents[0].project_id
    elsewhere = DocumentFactory.create().project_id
    for project_id in (here, elsewhere):
        Membership.objects.create(user=user, project_id=project_id, role="viewer")
    client = Client.with_token(token_of(user, project_id=here))
    assert len(client.get(f"/projects/{here}/documents").json()["results"]) == len(documents)
    assert client.get(f"/projects/{elsewhere}/documents").status_code == 404


def test_who_is_no_member_is_not_told(
    member: Callable[[str], Client], documents: list[Document]
) -> None:
    viewer = member("viewer")
    Membership.objects.filter(project=documents[0].project_id).delete()
    assert viewer.get(f"/projects/{documents[0].project_id}/documents").status_code == 404


@pytest.mark.parametrize("values", [[], ["x"], [None], [{}], ["", ""]])
def test_refuses_a_forged_cursor(
    viewer: Client, documents: list[Document], values: list[Any]
) -> None:
    raw = json.dumps(["created_at", False, values]).encode()
    cursor = base64.urlsafe_b64encode(raw).decode()
    refused = viewer.get(f"/projects/{documents[0].project_id}/documents?cursor={cursor}")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["parameter"] == "cursor"


def test_a_document_that_comes_meanwhile_moves_no_page(
    viewer: Client, documents: list[Document]
) -> None:
    path = f"/projects/{documents[0].project_id}/documents?limit=3&ordering=-created_at"
    first = viewer.get(path).json()
    DocumentFactory.create(project=documents[0].project, created_at=timezone.now() + timedelta(1))
    second = viewer.get(below(first["next"])).json()["results"]
    assert [one["tags"] for one in first["results"] + second] == [
        ["6"],
        ["5"],
        ["4"],
        ["3"],
        ["2"],
        ["1"],
    ]


AS_MANY_AS_IN_A_YOUNGER_ONE = """
INSERT INTO documents_document
SELECT copy.* FROM documents_document AS one, generate_series(1, 3000) AS number,
    jsonb_populate_record(one, jsonb_build_object(
        'id', lpad(to_hex(number + 3000 * %(part)s), 32, '0')::uuid,
        'external_id', number, 'revision_id', NULL, 'status', 'pending'
    )) AS copy
WHERE one.id = %(id)s
"""


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_no_page_passes_over_the_documents_of_other_projects(
    viewer: Client, project: Project, ordering: str
) -> None:
    projects = [ProjectFactory.create(), project, ProjectFactory.create()]
    with connection.cursor() as cursor:
        for part, one in enumerate(projects):
            kept = DocumentFactory.create(project=one)
            cursor.execute(AS_MANY_AS_IN_A_YOUNGER_ONE, {"part": part, "id": kept.pk})
        cursor.execute("ANALYZE documents_document")
    statements = Asked()
    with connection.execute_wrapper(statements):
        viewer.get(f"/projects/{project.pk}/documents?limit=1&ordering={ordering}")
    [plain] = [one for one in statements if "row_to_json" in one[0]]
    read = [node for node in nodes(plan_of(*plain)) if node.get("Index Name")]
    assert "document_of_project" in {node["Index Name"] for node in read}
    assert not [node for node in read if walks(node)]
