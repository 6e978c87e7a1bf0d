"""The front page, the description, and the schema that it draws."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser


def test_the_front_page_leads_everywhere() -> None:
    response: Any = Browser().get("/")
    assert response.status_code == 200
    links = re.findall(r'<a href="([^"]+)"', response.content.decode())
    assert links == ["/api/docs", "/admin/", "/api/schema"]


def test_serves_the_schema_that_is_kept() -> None:
    response: Any = Browser().get("/api/schema")
    assert response["Content-Type"] == "application/yaml"
    assert b"".join(response) == (settings.BASE_DIR / "openapi.yaml").read_bytes()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/api/docs"])
def test_pages_bring_nothing_from_elsewhere_and_no_script_inline(path: str) -> None:
    page = Browser().get(path).content.decode()
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources
    assert all(re.match(r"/(?!/)", source) for source in sources)
    assert not re.findall(r"<script(?![^>]*\ssrc=)", page)
    assert not re.findall(r"\son\w+=", page)


@pytest.mark.django_db
def test_the_description_is_drawn_from_the_schema() -> None:
    page: Any = Browser().get("/api/docs")
    scripts = re.findall(r'src="([^"]+)"', page.content.decode())
    drawn: Any = Browser().get(scripts[-1])
    assert drawn["Content-Type"] == "application/javascript"
    assert b'"/api/schema"' in drawn.content


def test_the_admin_is_found_without_its_last_slash() -> None:
    response: Any = Browser().get("/admin")
    assert (response.status_code, response["Location"]) == (302, "/admin/")


@pytest.mark.django_db
def test_a_form_without_its_token_is_told_in_a_sentence() -> None:
    browser = Browser(enforce_csrf_checks=True)
    response: Any = browser.post("/admin/login/", {"username": "ada@example.org"})
    assert response.status_code == 403
    assert response.content == b"The form is too old; reload the page, send again."
