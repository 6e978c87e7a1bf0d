"""Whatever head a request has, the application that servers run answers it with a decision."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote
from wsgiref.util import setup_testing_defaults

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.asgi import application as asgi_application
from config.wsgi import application
from tests.client import Client
from users.services.sign_ins import open_session

Ask = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture
def _keeping_the_connection(db: None) -> Iterator[None]:
    """Keep the test's transaction open, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def ask(stranger: Client, _keeping_the_connection: None) -> Ask:
    """Return a function that sends a request of somebody signed in, given as a WSGI environ."""

    token = open_session(user=stranger.person, user_agent="tests").access

    def send(path: str = "/api/v1/projects", body: bytes = b"", **environ: str) -> Any:
        told: list[Any] = []

        def start(*started: Any) -> Any:
            told.extend(started)

        given = {
            "PATH_INFO": path,
            "REMOTE_ADDR": "192.0.2.1",
            "HTTP_HOST": "testserver",
            "HTTP_AUTHORIZATION": f"Bearer {token}",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **environ,
        }
        setup_testing_defaults(given)
        response: Any = application(given, start)
        content = b"".join(response)
        response.close()
        return int(told[0].split()[0]), dict(told[1]), content

    return send


BODY = b'{"name": "x"}'


def test_takes_a_request(ask: Ask) -> None:
    status, _, content = ask(REQUEST_METHOD="POST", CONTENT_TYPE="application/json", body=BODY)
    assert (status, b'"name":"x"' in content) == (201, True)


@pytest.mark.parametrize("charset", ["bz2_codec", "hex", "idna", "undefined", "utf-16", "\xff"])
def test_reads_addresses_in_utf8_whatever_charset_the_body_claims(ask: Ask, charset: str) -> None:
    content_type = f"application/json; charset={charset}"
    status, _, content = ask(CONTENT_TYPE=content_type, QUERY_STRING="limit=x")
    assert (status, b"Expected a number from 1 to 500" in content) == (400, True)
    status, _, _ = ask(REQUEST_METHOD="POST", CONTENT_TYPE=content_type, body=BODY)
    assert status == 415


def test_refuses_a_type_that_cannot_be_read(ask: Ask) -> None:
    content_type = "application/json; name*=no-charset''x"
    status, headers, _ = ask(REQUEST_METHOD="POST", CONTENT_TYPE=content_type, body=BODY)
    assert (status, headers["Content-Type"]) == (415, "application/problem+json")


def test_reads_form_fields_in_utf8_whatever_charset_the_form_claims(ask: Ask) -> None:
    form = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n\xc3\xa9\r\n--b--'
    kind = "multipart/form-data; boundary=b; charset=bz2_codec"
    status, _, _ = ask("/admin/login/", form, REQUEST_METHOD="POST", CONTENT_TYPE=kind)
    assert status == 403


def test_answers_plain_json_whatever_parameters_accept_has(ask: Ask) -> None:
    plain = ask()
    for accept in ("application/json; indent=8", f"*/*; x*=utf-8''{quote('; y*=no')}%27%27z"):
        status, headers, content = ask(HTTP_ACCEPT=accept)
        assert (status, headers["Content-Type"]) == (200, "application/json")
        assert content == plain[2]


@pytest.mark.parametrize("path", ["/api/v1/projects", "/admin/", "/", "/none"])
def test_refuses_cookies_that_hold_a_nul(ask: Ask, path: str) -> None:
    status, headers, _ = ask(path, HTTP_COOKIE='session="aaaaaaaaaaaa\\000"')
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")


header = st.text(st.characters(max_codepoint=255), max_size=60) | st.sampled_from(
    [
        "application/json; charset=*",
        'application/json; charset="\\',
        "a/b; c*0*=utf-8''%41; c*1=%zz",
        "*/*; q=x, text/html;q=0.1, application/json;indent=-1",
        "http://[",
        "Bearer e30.e30.e30",
        'W/"1", "2',
        "session=;csrf=\\",
        "gzip",
        "0",
    ]
)
HEADERS = (
    "ACCEPT ACCESS_CONTROL_REQUEST_HEADERS ACCESS_CONTROL_REQUEST_METHOD AUTHORIZATION "
    "CONTENT_ENCODING COOKIE HOST IDEMPOTENCY_KEY IF_MATCH IF_MODIFIED_SINCE IF_NONE_MATCH "
    "ORIGIN RANGE REFERER X_FORWARDED_FOR X_REQUEST_ID"
)
named = ["QUERY_STRING", "CONTENT_TYPE", *(f"HTTP_{name}" for name in HEADERS.split())]
heads = st.fixed_dictionaries({}, optional=dict.fromkeys(named, header))
routes = "/ /admin/ /api/docs /api/schema /api/v1/projects /api/v1/users/me /none /static/a"
paths = st.sampled_from(routes.split()) | st.text(
    st.characters(max_codepoint=255), max_size=30
).map("/".__add__)
METHODS = "GET POST PATCH DELETE PUT OPTIONS HEAD TRACE X"
methods = st.sampled_from(METHODS.split())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(method=methods, path=paths, head=heads, body=st.binary(max_size=20))
def test_no_head_is_a_fault_of_ours(
    ask: Ask, method: str, path: str, head: dict[str, str], body: bytes
) -> None:
    status, headers, _ = ask(path, body, REQUEST_METHOD=method, **head)
    assert status < 500
    assert headers["X-Request-ID"]


@async_to_sync
async def status_over_asgi(**scope: Any) -> int:
    """Return the status of the answer to a request that is given as an ASGI scope."""
    server = ApplicationCommunicator(asgi_application, {"type": "http", "method": "GET", **scope})
    await server.send_input({"type": "http.request", "body": b""})
    started = await server.receive_output(5)
    await server.wait(5)
    return int(started["status"])


@pytest.mark.usefixtures("_keeping_the_connection")
def test_the_application_for_other_servers_reads_heads_alike() -> None:
    headers = [(b"host", b"testserver"), (b"content-type", b"a/b; charset=bz2_codec")]
    assert status_over_asgi(path="/healthz", query_string=b"", headers=headers) == 200
