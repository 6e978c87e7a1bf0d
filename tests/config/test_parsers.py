"""The strict gate for bodies: what is not one bounded JSON object is refused with its reason."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from config.api.parsers import parse_object
from config.api.problems import MalformedBody
from documents.models import Project
from tests.client import BASE, Client
from tests.factories import DocumentFactory, LabelFactory

IN_ONE_DATABASE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def post(
    client: Client,
    body: bytes,
    content_type: str = "application/json",
    path: str = "/projects",
    headers: dict[str, str] | None = None,
) -> Any:
    """POST a body as it is."""
    http: Any = client.http
    return http.generic("POST", BASE + path, body, content_type=content_type, headers=headers)


def refused(response: Any, status: int, code: str) -> str:
    """Check that nothing was made, and return the reason given."""
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert Project.objects.count() == 0
    return str(response.json()["detail"])


MALFORMED = {
    "nothing": (b" ", "Not JSON: Expecting value at character 1."),
    "half": (b'{"name": "x"', "Not JSON: Expecting ',' delimiter at character 12."),
    "two objects": (b'{"name": "x"}{}', "Not JSON: Extra data at character 13."),
    "a comment": (
        b'{"name": "x" /* hm */}',
        "Not JSON: Expecting ',' delimiter at character 13.",
    ),
    "a byte order mark": (
        b'\xef\xbb\xbf{"name": "x"}',
        "Not JSON: Unexpected UTF-8 BOM (decode using utf-8-sig) at character 0.",
    ),
    "a list": (b"[]", "Expected a JSON object, found an array."),
    "a number": (b"1", "Expected a JSON object, found a number."),
    "a string": (b'"name"', "Expected a JSON object, found a string."),
    "null": (b"null", "Expected a JSON object, found null."),
    "a key twice": (b'{"name": "x", "name": "y"}', "The key 'name' stands twice in one object."),
    "a key twice, written otherwise": (
        rb'{"name": "x", "n\u0061me": "y"}',
        "The key 'name' stands twice in one object.",
    ),
    "a key twice, deep": (
        b'{"name": [{"a": 1, "a": 1}]}',
        "The key 'a' stands twice in one object.",
    ),
    "NaN": (b'{"name": NaN}', "NaN is not a JSON number."),
    "Infinity": (b'{"name": [-Infinity]}', "-Infinity is not a JSON number."),
    "beyond floats": (b'{"name": -1e999}', "A number is too large for a 64-bit float."),
    "beyond 64 bits": (
        b'{"name": 9223372036854775808}',
        "The integer 9223372036854775808 does not fit 64 bits.",
    ),
    "below 64 bits": (
        b'{"name": -9223372036854775809}',
        "The integer -9223372036854775809 does not fit 64 bits.",
    ),
    "very many digits": (
        b'{"name": ' + b"9" * 500_000 + b"}",
        f"The integer {'9' * 24} does not fit 64 bits.",
    ),
    "NUL": (rb'{"name": "a\u0000"}', "U+0000 cannot be stored in text."),
    "NUL in a key": (rb'{"na\u0000me": 1}', "U+0000 cannot be stored in text."),
    "a lone surrogate": (rb'{"name": ["\ud83d"]}', "U+D83D cannot be stored in text."),
    "surrogates in the wrong order": (
        rb'{"name": "\ude00\ud83d"}',
        "U+DE00 cannot be stored in text.",
    ),
    "UTF-16": ('{"name": "x"}'.encode("utf-16"), "Expected UTF-8; byte 0 is not."),
    "Latin-1": ('{"name": "é"}'.encode("latin-1"), "Expected UTF-8; byte 10 is not."),
    "surrogates encoded": (b'{"name": "\xed\xa0\xbd"}', "Expected UTF-8; byte 10 is not."),
    "41 levels": (b'{"a":' * 41 + b"1" + b"}" * 41, "Nested deeper than 40 levels."),
    "100,000 levels": (b'{"a":' + b"[" * 100_000, "Nested deeper than 40 levels."),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_refuses_what_is_not_one_strict_object(stranger: Client, case: str) -> None:
    body, reason = MALFORMED[case]
    assert refused(post(stranger, body), 400, "malformed_body") == reason


def test_takes_what_lies_just_within_the_limits() -> None:
    deep = '{"a":' * 40 + "1" + "}" * 40
    assert json.dumps(parse_object(deep), separators=(",", ":")) == deep
    bounds = {"min": -(2**63), "max": 2**63 - 1, "float": 1.7e308}
    assert parse_object(json.dumps(bounds)) == bounds
    assert parse_object(rb'{"a": "\ud83d\ude00"}') == {"a": "😀"}


def test_takes_any_text_of_utf8(stranger: Client) -> None:
    name = "né\u0301 עברית 😀 \u202e\u2028\U0010ffff"
    created = stranger.post("/projects", {"name": name})
    assert created.status_code == 201
    assert Project.objects.get().name == name
    assert stranger.get(f"/projects/{created.data['id']}").json()["name"] == name


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", '"utf-8"', "Utf-8; version=1"])
def test_takes_utf8_by_any_of_its_names(stranger: Client, charset: str) -> None:
    response = post(stranger, b'{"name": "x"}', f"application/json; charset={charset}")
    assert response.status_code == 201


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "utf-7", "utf-8-sig", "x-unheard-of"])
def test_refuses_any_other_charset(stranger: Client, charset: str) -> None:
    response = post(stranger, b'{"name": "x"}', f"application/json; charset={charset}")
    reason = refused(response, 415, "unsupported_media_type")
    assert reason == f"Expected charset UTF-8, found {charset}."


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "x", ""],
)
def test_refuses_any_other_type(stranger: Client, content_type: str) -> None:
    response = post(stranger, b'{"name": "x"}', content_type)
    refused(response, 415, "unsupported_media_type")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip"])
def test_refuses_compressed_bodies_unread(stranger: Client, coding: str) -> None:
    response = post(stranger, b"{}", headers={"Content-Encoding": coding})
    reason = refused(response, 415, "unsupported_media_type")
    assert reason == "Bodies are taken without Content-Encoding."


def test_bounds_the_size_of_a_body(stranger: Client, settings: Settings) -> None:
    settings.JSON_MAX_BYTES = 100
    fits = json.dumps({"name": "x" * 88}).encode()
    assert len(fits) == 100
    reason = refused(post(stranger, fits + b" "), 413, "payload_too_large")
    assert reason == "JSON bodies of this route hold at most 100 bytes."
    assert post(stranger, fits).status_code == 201


def test_takes_larger_bodies_on_bulk_routes(
    annotator: Client, project: Project, settings: Settings
) -> None:
    settings.JSON_MAX_BYTES, settings.JSON_MAX_BYTES_BULK = 20, 100
    label = LabelFactory.create(project=project, kind="document")
    path = f"/documents/{DocumentFactory.create(project=project).pk}/annotations"
    one = {"label": str(label.pk)}
    assert annotator.post(path, one).status_code == 413
    assert annotator.post(f"{path}/bulk", {"annotations": [one]}).data["created"] == 1
    assert annotator.post(f"{path}/bulk", {"annotations": [one, one]}).status_code == 413


def test_takes_no_body_for_an_empty_one(stranger: Client) -> None:
    response = post(stranger, b"")
    assert refused(response, 422, "invalid") == "/name: This field is required."


def test_refuses_an_upload_beyond_the_limit_by_its_announced_length(
    manager: Client, project: Project, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES, settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10, 90
    file = SimpleUploadedFile("a.txt", b"x" * 200)
    response = manager.upload(f"/projects/{project.pk}/documents", file=file)
    assert (response.status_code, response.json()["code"]) == (413, "payload_too_large")
    assert response.json()["detail"] == "Files hold at most 10 bytes."


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"--b--", 422),
        (b"--b\r\n\r\n", 422),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--', 422),
        (b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n\xff", 422),
    ],
)
def test_answers_broken_uploads(
    manager: Client, project: Project, body: bytes, status: int
) -> None:
    path = f"/projects/{project.pk}/documents"
    response = post(manager, body, "multipart/form-data; boundary=b", path)
    assert response.status_code == status


def test_refuses_an_upload_without_boundary(manager: Client, project: Project) -> None:
    path = f"/projects/{project.pk}/documents"
    response = post(manager, b"--b--", "multipart/form-data", path)
    assert (response.status_code, response.json()["code"]) == (400, "malformed_body")


def test_refuses_uploads_of_many_parts(manager: Client, project: Project) -> None:
    path = f"/projects/{project.pk}/documents"
    parts = {f"tags[{number}]": "x" for number in range(1001)}
    response = manager.upload(path, **parts)
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


# Whatever is sent, the answer is a decision of ours

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["name", "slug", "", "\x00", "\ud800"])
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)
names = st.sampled_from(
    ["name", "slug", "description", "guidelines", "is_blind", "id", "version", "non_field_errors"]
)
objects = st.dictionaries(names | st.text(max_size=8), values, max_size=6)
bodies = (
    st.binary(max_size=200)
    | values.map(json.dumps).map(str.encode)
    | objects.map(json.dumps).map(str.encode)
    | objects.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
)


@IN_ONE_DATABASE
@given(body=bodies)
def test_no_body_is_a_fault_of_ours(stranger: Client, body: bytes) -> None:
    response = post(stranger, body)
    assert response.status_code in {201, 400, 409, 422}
    if response.status_code != 201:
        assert response["Content-Type"] == "application/problem+json"
        json.loads(response.content)


@IN_ONE_DATABASE
@given(body=st.binary(max_size=100), boundary=st.text("ab-", min_size=1, max_size=3))
def test_no_upload_is_a_fault_of_ours(
    manager: Client, project: Project, body: bytes, boundary: str
) -> None:
    content_type = f"multipart/form-data; boundary={boundary}"
    part = b"--" + boundary.encode() + b'\r\nContent-Disposition: form-data; name="'
    response = post(manager, part + body, content_type, f"/projects/{project.pk}/documents")
    assert response.status_code in {400, 422}


@given(raw=st.binary(max_size=300) | values.map(json.dumps).map(str.encode))
def test_a_body_is_an_object_or_malformed(raw: bytes) -> None:
    with suppress(MalformedBody):
        parsed = parse_object(raw)
        assert json.loads(raw) == parsed
        json.dumps(parsed, allow_nan=False)
