"""Documents counted by what they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from documents.models import Project
from tests.client import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def count(project: Project, viewer: Client) -> Callable[[str], Any]:
    """Return a function that asks for facets and returns {by: {value: count}}."""

    def ask(query: str) -> dict[str, dict[str, int]]:
        response = viewer.get(f"/projects/{project.pk}/documents/facets?{query}")
        assert response.status_code == 200, response.content
        return {
            facet["by"]: {value["value"]: value["count"] for value in facet["values"]}
            for facet in response.json()["facets"]
        }

    return ask


def test_documents_are_counted(made: Callable[..., Any], count: Callable[[str], Any]) -> None:
    made(language="de", tags=["x", "y"], text="Ein Komet.")
    made(language="de", tags=["x"], split="dev")
    made(text="?")
    assert count("by=status,language,split,tag,media_type") == {
        "status": {"ready": 3},
        "language": {"de": 2, "none": 1},
        "split": {"none": 2, "dev": 1},
        "tag": {"x": 2, "y": 1},
        "media_type": {"text/plain": 3},
    }
    assert set(count("")) == {"status", "language", "split", "tag", "media_type"}
    assert count("by=tag&search=kometen") == {"tag": {"x": 1, "y": 1}}
    assert count("by=language&split=dev") == {"language": {"de": 1}}


def test_declared_metadata_are_counted(
    made: Callable[..., Any], count: Callable[[str], Any], manager: Client, project: Project
) -> None:
    for name, kind in (("k", "keyword"), ("n", "number"), ("d", "datetime"), ("b", "boolean")):
        path = f"/projects/{project.pk}/metadata-fields"
        manager.post(path, {"name": name, "type": kind})
    made(metadata={"k": "a", "n": 1, "d": "1843-07-10", "b": True})
    made(metadata={"k": "a", "n": 1.5, "d": "1843-07-10T00:00:00Z", "b": True})
    made(metadata={"k": None})
    assert count("by=metadata.k,metadata.n,metadata.d,metadata.b") == {
        "metadata.k": {"a": 2},
        "metadata.n": {"1": 1, "1.5": 1},
        "metadata.d": {"1843-07-10T00:00:00Z": 2},
        "metadata.b": {"true": 2},
    }
    assert count("by=metadata.k&metadata.n.gt=1") == {"metadata.k": {"a": 1}}


def test_the_most_frequent_come_first_up_to_a_limit(
    made: Callable[..., Any], project: Project, viewer: Client
) -> None:
    made(tags=["a", "b"])
    made(tags=["b"])
    path = f"/projects/{project.pk}/documents/facets?by=tag"
    [facet] = viewer.get(f"{path}&limit=1").json()["facets"]
    assert facet == {
        "by": "tag",
        "values": [{"value": "b", "count": 2, "name": None}],
        "is_cut": True,
    }
    [facet] = viewer.get(path).json()["facets"]
    assert not facet["is_cut"]


@pytest.mark.parametrize(
    "query",
    [
        "by=",
        "by=nonsense",
        "by=metadata.year",
        "by=status,",
        "by=status&limit=0",
        "by=status&limit=101",
        "by=status&cursor=x",
        "by=status&status=lost",
        "by=" + ",".join(["status"] * 11),
    ],
)
def test_what_is_not_understood_is_refused(project: Project, viewer: Client, query: str) -> None:
    response = viewer.get(f"/projects/{project.pk}/documents/facets?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_query")
