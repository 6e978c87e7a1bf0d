"""What surrounds every request: its id, its true address, the gate, and headers on every answer."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from django.conf import settings as site
from django.http import HttpRequest, HttpResponse
from django.test import Client as Browser
from django.test import RequestFactory
from pytest_django import Settings

from config.api.request_id import RequestIdFilter, bound_request_id, current_request_id
from config.middleware import ClientAddressMiddleware
from documents.models import Project
from tests.client import BASE, Client
from users.models import Event

FAULTY = pytest.mark.urls("tests.config.urls_with_faults")
REQUESTS: dict[str, tuple[str, dict[str, Any], int]] = {
    "the front page": ("/", {}, 200),
    "the description": ("/api/docs", {}, 200),
    "its script": ("/api/docs?script=", {}, 200),
    "the schema": ("/api/schema", {}, 200),
    "the admin": ("/admin/", {}, 302),
    "its door": ("/admin/login/", {}, 200),
    "no page of the admin": ("/admin/nothing/", {}, 302),
    "the probe": ("/healthz", {}, 200),
    "a wrong method": ("/healthz", {"REQUEST_METHOD": "POST"}, 405),
    "nobody": (f"{BASE}/projects", {}, 401),
    "no content": (f"{BASE}/auth/register", {"REQUEST_METHOD": "POST"}, 422),
    "no route of the API": ("/api/nothing", {}, 404),
    "no route": ("/nothing", {}, 404),
    "no file": ("/static/nothing.css", {}, 404),
    "a NUL": ("/%00", {}, 404),
    "a long query": (f"/?{'x' * 8001}", {}, 414),
    "a long Accept": ("/", {"HTTP_ACCEPT": "x" * 1001}, 400),
    "a coding": ("/", {"HTTP_CONTENT_ENCODING": "gzip"}, 415),
    "a body in chunks": ("/", {"HTTP_TRANSFER_ENCODING": "chunked"}, 411),
    "a cookie with a NUL": ("/", {"HTTP_COOKIE": r'x="\000"'}, 400),
    "another host": ("/", {"HTTP_HOST": "evil.example"}, 400),
    "another host of the API": (f"{BASE}/projects", {"HTTP_HOST": "evil.example"}, 400),
    "a fault of ours": ("/plain/ours", {}, 500),
    "a fault of the API": (f"{BASE}/faults/ours", {}, 500),
    "a pause": (f"{BASE}/faults/operational", {}, 503),
    "a preflight": (
        f"{BASE}/projects",
        {"REQUEST_METHOD": "OPTIONS", "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET"},
        200,
    ),
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def directives(response: Any) -> dict[str, str]:
    """Return the content security policy of an answer, by directive."""
    policy = response["Content-Security-Policy"].split("; ")
    return {name: sources for name, _, sources in (part.partition(" ") for part in policy)}


@FAULTY
@pytest.mark.django_db
@pytest.mark.parametrize("case", REQUESTS)
def test_every_answer_carries_the_headers(case: str) -> None:
    path, environ, status = REQUESTS[case]
    response = Browser(raise_request_exception=False).get(path, **environ)
    b"".join(response)  # read, hence closed
    assert response.status_code == status
    assert {name: response[name] for name in HEADERS} == HEADERS
    assert re.fullmatch("[0-9a-f]{32}", response["X-Request-ID"])
    assert "camera=(), geolocation=(), microphone=()" in response["Permissions-Policy"]
    policy = directives(response)
    for name in ("default-src", "base-uri", "frame-ancestors"):
        assert policy.pop(name) == "'none'"
    if "json" in response.get("Content-Type", ""):
        assert not policy  # nothing else is let
    else:
        assert policy["script-src"] == "'self'"
        inline = "'self' 'unsafe-inline'" if path.startswith("/api/docs") else "'self'"
        assert policy["style-src"] == inline
    assert "Strict-Transport-Security" not in response


@pytest.fixture
def tls(settings: Settings) -> None:
    """Serve over TLS alone, as HTTPS=true does."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.TRUSTED_PROXIES = ["10.0.0.1"]


@pytest.mark.usefixtures("tls")
def test_plain_http_is_led_to_tls() -> None:
    response = Browser().get(f"{BASE}/projects?limit=1")
    assert response.status_code == 301
    assert response["Location"] == f"https://testserver{BASE}/projects?limit=1"
    assert {name: response[name] for name in HEADERS} == HEADERS


@pytest.mark.usefixtures("tls")
@pytest.mark.parametrize("path", ["/", "/nothing", "/api/nothing", "/healthz"])
def test_browsers_are_held_to_tls(path: str) -> None:
    response = Browser().get(path, secure=True)
    assert response["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


@pytest.mark.usefixtures("tls")
def test_probes_from_inside_speak_plain_http() -> None:
    assert Browser().get("/healthz").status_code == 200


@pytest.mark.usefixtures("tls")
def test_only_trusted_proxies_tell_of_tls() -> None:
    told = {"X-Forwarded-Proto": "https"}
    assert Browser(REMOTE_ADDR="192.0.2.1").get("/", headers=told).status_code == 301
    assert Browser(REMOTE_ADDR="10.0.0.1").get("/", headers=told).status_code == 200


@pytest.mark.usefixtures("tls")
def test_another_host_is_refused_before_it_is_led_to_tls() -> None:
    response = Browser().get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert directives(response)["default-src"] == "'none'"


# The id of a request


@pytest.mark.parametrize("proposed", ["a", "0af7-65.x:Y_z", "x" * 100])
def test_keeps_the_callers_id(proposed: str) -> None:
    assert Browser().get("/", headers={"X-Request-ID": proposed})["X-Request-ID"] == proposed


@pytest.mark.parametrize("proposed", ["", "-a", "a b", "a\tb", "a\r\nb", "é", "x" * 101, "a]["])
def test_replaces_an_id_that_could_forge_a_log_line(proposed: str) -> None:
    kept = Browser().get("/", headers={"X-Request-ID": proposed})["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", kept)


def test_each_request_has_an_id_of_its_own() -> None:
    assert Browser().get("/")["X-Request-ID"] != Browser().get("/")["X-Request-ID"]


def test_the_id_is_in_events_and_log_lines(stranger: Client) -> None:
    stranger.post("/projects", {"name": "Press"}, X_Request_ID="call-7")
    written = Event.objects.filter(action="project.created")
    assert list(written.values_list("request_id", flat=True)) == ["call-7"]
    record = logging.makeLogRecord({})
    with bound_request_id("call-8"):
        assert RequestIdFilter().filter(record)
    assert vars(record)["request_id"] == "call-8"
    assert current_request_id() == "-"


# The address of a client

TRUSTED = ["10.0.0.0/8", "2001:db8:ffff::/48"]
ADDRESSES: dict[tuple[str, str | None], str] = {
    ("192.0.2.1", None): "192.0.2.1",
    ("192.0.2.1", "198.51.100.1"): "192.0.2.1",
    ("10.0.0.1", None): "10.0.0.1",
    ("10.0.0.1", ""): "10.0.0.1",
    ("10.0.0.1", "198.51.100.1"): "198.51.100.1",
    ("10.0.0.1", "203.0.113.9, 198.51.100.1"): "198.51.100.1",
    ("10.0.0.1", "198.51.100.1, 10.0.0.2"): "198.51.100.1",
    ("10.0.0.1", "10.0.0.3, 10.0.0.2"): "10.0.0.3",
    ("10.0.0.1", "198.51.100.1, nonsense, 10.0.0.2"): "10.0.0.2",
    ("10.0.0.1", "unknown"): "10.0.0.1",
    ("10.0.0.1", "198.51.100.1:4711"): "10.0.0.1",
    ("10.0.0.1", " 2001:db8::1 "): "2001:db8::1",
    ("10.0.0.1", "::ffff:198.51.100.1"): "198.51.100.1",
    ("::ffff:10.0.0.1", "198.51.100.1"): "198.51.100.1",
    ("::ffff:192.0.2.1", "198.51.100.1"): "192.0.2.1",
    ("2001:db8:ffff::1", "2001:DB8:0::1"): "2001:db8::1",
    ("", "198.51.100.1"): "",
    ("unix:", "198.51.100.1"): "",
}


@pytest.mark.parametrize(("sent", "address"), ADDRESSES.items())
def test_believes_trusted_proxies_alone(
    settings: Settings, sent: tuple[str, str | None], address: str
) -> None:
    settings.TRUSTED_PROXIES = TRUSTED
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    remote, forwarded = sent
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "a", "X-Forwarded-Port": "1"}
    if forwarded is not None:
        headers["X-Forwarded-For"] = forwarded
    request = RequestFactory(REMOTE_ADDR=remote).get("/", headers=headers)
    ClientAddressMiddleware(view)(request)
    assert seen[0].META["REMOTE_ADDR"] == address
    is_trusted = remote.removeprefix("::ffff:").startswith(("10.", "2001:db8:ffff:"))
    assert ("X-Forwarded-Proto" in seen[0].headers) is is_trusted


# The gate


def test_takes_what_lies_just_within_the_limits(stranger: Client) -> None:
    query = f"/projects?{'x' * 7996}=1"
    assert len(query.partition("?")[2]) == 7998
    assert stranger.get(query).json()["code"] == "invalid_query"
    accept = "*/*" + ", a/b" * 199
    assert len(accept) == 998
    assert stranger.get("/projects", Accept=accept).status_code == 200
    assert stranger.get("/projects", Content_Encoding="identity").status_code == 200


def test_the_gate_says_what_it_takes(stranger: Client) -> None:
    for path, headers, code, detail in (
        (f"/projects?{'x' * 8001}", {}, "query_too_long", "The query string holds at most 8000"),
        ("/projects", {"Accept": "x" * 1001}, "invalid_header", "The Accept header holds at most"),
        ("/projects", {"Cookie": r'x="\000"'}, "invalid_header", "A cookie holds U+0000."),
    ):
        problem = stranger.get(path, **headers).json()
        assert problem["code"] == code
        assert problem["detail"].startswith(detail)
    assert Project.objects.count() == 0


# Other sites' pages


def ask_from(origin: str, path: str, **environ: Any) -> Any:
    return Browser().get(path, headers={"Origin": origin}, **environ)


@pytest.mark.django_db
def test_no_other_site_may_read() -> None:
    response = ask_from("https://front.example", f"{BASE}/projects")
    assert "Access-Control-Allow-Origin" not in response


@pytest.mark.django_db
def test_named_sites_may_read_the_api_alone(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://front.example"]
    response = ask_from("https://front.example", f"{BASE}/projects")
    assert response["Access-Control-Allow-Origin"] == "https://front.example"
    assert "ETag, Link, Location, RateLimit" in response["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in response
    for origin, path in (
        ("https://front.example", "/admin/login/"),
        ("https://front.example.evil", f"{BASE}/projects"),
        ("null", f"{BASE}/projects"),
    ):
        assert "Access-Control-Allow-Origin" not in ask_from(origin, path)


def test_named_sites_may_send_what_the_api_reads(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://front.example"]
    response = ask_from(
        "https://front.example",
        f"{BASE}/projects",
        REQUEST_METHOD="OPTIONS",
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="PATCH",
    )
    allowed = response["Access-Control-Allow-Headers"].split(", ")
    assert {"authorization", "idempotency-key", "if-match", "x-request-id"} <= set(allowed)
    assert "PATCH" in response["Access-Control-Allow-Methods"]


def test_sessions_are_for_this_site_alone() -> None:
    assert (site.SESSION_COOKIE_HTTPONLY, site.CSRF_COOKIE_HTTPONLY) == (True, True)
    assert (site.SESSION_COOKIE_SAMESITE, site.CSRF_COOKIE_SAMESITE) == ("Lax", "Lax")
