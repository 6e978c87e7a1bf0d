"""A piece that is refused does not break the connection on which the client is still sending."""

from __future__ import annotations

from typing import Any

import pytest

from documents.models import Project
from tests.client import Client
from tests.documents.tus_client import TUS, Arriving, address_of, begin, send_arriving

pytestmark = pytest.mark.django_db
CONTENT = b"Ada lives in Turin."


@pytest.mark.parametrize("with_a_bang", [False, True])
def test_a_refused_piece_is_read_to_its_end(
    project: Project, manager: Client, *, with_a_bang: bool
) -> None:
    address = address_of(begin(manager, project, 19))
    body = Arriving(CONTENT[:9], with_a_bang=with_a_bang)
    elsewhere = {"Upload-Offset": "4"}
    response = send_arriving(manager, address, body, 9, **elsewhere)
    assert response.status_code == 409
    assert body.arrives.tell() == 9


def test_a_refused_first_piece_is_read_to_its_end(project: Project, manager: Client) -> None:
    body = Arriving(CONTENT)
    environment: Any = {"wsgi.input": body, "CONTENT_LENGTH": "19"}
    response = manager.http.generic(
        "POST",
        f"/api/v1/projects/{project.pk}/uploads",
        "",
        content_type="application/offset+octet-stream",
        headers=TUS,
        **environment,
    )
    assert (response.status_code, response.json()["code"]) == (400, "invalid_header")
    assert body.arrives.tell() == 19


def test_nothing_is_read_of_strangers(project: Project, manager: Client) -> None:
    address = address_of(begin(manager, project, 19))
    manager.http.force_authenticate(None)
    manager.http.credentials()
    body = Arriving(CONTENT)
    assert send_arriving(manager, address, body, 19).status_code == 401
    assert body.arrives.tell() == 0
