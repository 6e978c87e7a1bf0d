"""What the tests of whole contents ask of the API, and what they compare."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from annotations.models import Annotation, AnnotationSet, Label, Relation
from tests.client import Client
from users.models import Event

Content = dict[str, Any]


def path_of(set_id: Any, query: str = "") -> str:
    return f"/annotation-sets/{set_id}/content{query}"


def read(client: Client, set_id: Any, query: str = "") -> tuple[Content, str]:
    """Return what a set holds, and the ETag."""
    response = client.get(path_of(set_id, query))
    assert response.status_code == 200, response.content
    return response.json(), response["ETag"]


def put(client: Client, set_id: Any, content: Content, tag: str = "*", query: str = "") -> Any:
    """Put a content and return the answer."""
    return client.put(path_of(set_id, query), content, If_Match=tag)


def kept(client: Client, set_id: Any, content: Content, tag: str = "*", query: str = "") -> Content:
    """Put a content that is good, and return what the set holds then."""
    response = put(client, set_id, content, tag, query)
    assert response.status_code == 200, response.content
    assert read(client, set_id, query) == (response.json(), response["ETag"])
    return dict(response.json())


def refused(response: Any) -> list[tuple[str, str]]:
    """Return pointer and code of each fault of a content that is refused."""
    told = response.json()
    assert (response.status_code, told["code"]) == (422, "invalid_content"), told
    return [(one["pointer"], one["code"]) for one in told["errors"]]


def span(label: Label, start: int = 0, end: int = 3, **members: Any) -> dict[str, Any]:
    """Return an item with an id of its own."""
    return {"id": str(uuid4()), "label": str(label.pk), "start": start, "end": end, **members}


def joint(
    label: Label, source: dict[str, Any], target: dict[str, Any], **members: Any
) -> dict[str, Any]:
    """Return a relation between two items."""
    ends = {"source": source["id"], "target": target["id"]}
    return {"id": str(uuid4()), "label": str(label.pk), **ends, **members}


def of(*annotations: Any, relations: Any = ()) -> Content:
    return {"annotations": list(annotations), "relations": list(relations)}


def everything() -> Any:
    """Return all rows and events: what is equal was not written to."""
    models = (AnnotationSet, Annotation, Relation, Event)
    return [list(model._base_manager.order_by("pk").values()) for model in models]


def actions() -> list[str]:
    """Return what happened to annotations and relations, in the order of the log."""
    log = Event.objects.filter(target_type__in=("annotation", "relation")).order_by("pk")
    return list(log.values_list("action", flat=True))
