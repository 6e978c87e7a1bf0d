"""Every retry is harmless: under one key a POST is done once and answered alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.urls import reverse
from pytest_django import Settings

from config.urls import v1
from documents.models import Document, Project
from tests.client import BASE, Client
from tests.factories import (
    AnnotationSetFactory,
    DocumentFactory,
    LabelFactory,
    MembershipFactory,
    UserFactory,
)
from tests.threads import at_once
from users.models import Event, KeptAnswer, User

POSTS = [
    str(route.name)
    for route in v1
    if "post" in route.callback.actions  # type: ignore[attr-defined]
    and route.callback.cls.authentication_classes  # type: ignore[attr-defined] # else it is nobody's
    and route.name != "uploads"  # which takes no JSON: see test_tus.py
]
NOBODY = "00000000-0000-7000-8000-000000000000"
REPLAYED = "Idempotency-Replayed"
SIMULTANEOUS = pytest.mark.django_db(transaction=True)


def post(client: Client, key: str, path: str = "/projects", data: Any = None) -> Any:
    """POST under a key."""
    return client.post(path, {"name": "Press"} if data is None else data, Idempotency_Key=key)


def refused(response: Any, status: int, code: str) -> str:
    assert (response.status_code, response.json()["code"]) == (status, code)
    return str(response.json()["detail"])


def test_a_repeat_is_answered_alike_and_does_nothing(stranger: Client) -> None:
    first = post(stranger, "k1")
    events = Event.objects.count()
    again = post(stranger, "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    assert (again[REPLAYED], REPLAYED in first) == ("true", False)
    assert (Project.objects.count(), Event.objects.count()) == (1, events)


def test_a_repeat_is_answered_as_it_was_then(stranger: Client) -> None:
    first = post(stranger, "k1")
    stranger.patch(f"/projects/{first.data['id']}", {"name": "Changed"}, if_match="1")
    assert post(stranger, "k1").data["name"] == "Press"


def test_without_a_key_everything_is_done(stranger: Client) -> None:
    for _ in range(2):
        assert stranger.post("/projects", {"name": "Press"}).status_code == 201
    assert (Project.objects.count(), KeptAnswer.objects.count()) == (2, 0)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/projects", {"name": "Other"}),
        ("/projects", {"name": "Press", "description": ""}),
        ("/projects", {"name": ["Press"]}),
    ],
)
def test_a_key_is_for_one_request(stranger: Client, path: str, data: dict[str, Any]) -> None:
    post(stranger, "k1")
    response = post(stranger, "k1", path, data)
    reason = refused(response, 422, "idempotency_key_reused")
    assert reason == "Take a new key for a new request."
    assert Project.objects.count() == 1


def test_a_key_is_for_one_address(manager: Client, project: Project) -> None:
    sent = {"kind": "span", "name": "person"}
    other = post(manager, "k1").data["id"]
    assert post(manager, "k2", f"/projects/{project.pk}/labels", sent).status_code == 201
    response = post(manager, "k2", f"/projects/{other}/labels", sent)
    refused(response, 422, "idempotency_key_reused")


def test_the_order_of_members_is_no_matter(stranger: Client) -> None:
    post(stranger, "k1", data={"name": "Press", "slug": "press"})
    assert post(stranger, "k1", data={"slug": "press", "name": "Press"})[REPLAYED] == "true"


def test_keys_are_each_persons_own(stranger: Client) -> None:
    other = Client.of(UserFactory.create())
    assert post(stranger, "k1").data["id"] != post(other, "k1").data["id"]
    assert set(KeptAnswer.objects.values_list("user_id", "key")) == {
        (stranger.person.pk, "k1"),
        (other.person.pk, "k1"),
    }


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "a\t", "x" * 256])
def test_a_key_is_visible_ascii(stranger: Client, key: str) -> None:
    reason = refused(post(stranger, key), 400, "invalid_header")
    assert reason == "Idempotency-Key: expected 1 to 255 visible ASCII characters."
    assert Project.objects.count() == 0


@pytest.mark.parametrize("name", POSTS)
def test_every_post_of_somebody_reads_its_key(stranger: Client, name: str) -> None:
    keys = next(route.pattern.converters for route in v1 if route.name == name)
    path = reverse(f"v1:{name}", kwargs=dict.fromkeys(keys, NOBODY)).removeprefix(BASE)
    refused(post(stranger, "a b", path, {}), 400, "invalid_header")


def test_a_key_has_up_to_255_characters(stranger: Client) -> None:
    assert post(stranger, "!~" + "x" * 253).status_code == 201


def test_a_request_that_fails_leaves_no_key(stranger: Client) -> None:
    post(stranger, "k0", data={"name": "Press", "slug": "press"})
    for data, status in (
        ({"name": ""}, 422),
        ({"name": "Press", "slug": "press"}, 409),
        ({"name": "Press", "slug": "other"}, 201),
    ):
        response = post(stranger, "k1", data=data)
        assert (response.status_code, REPLAYED in response) == (status, False)
    kept = KeptAnswer.objects.order_by("key").values_list("key", flat=True)
    assert list(kept) == ["k0", "k1"]


@pytest.mark.urls("tests.config.urls_with_faults")
@pytest.mark.parametrize(("how", "told"), [("recorded", 2), ("plain", 0)])
def test_what_was_logged_of_a_refusal_stands_where_the_refusal_says_so(
    stranger: Client, how: str, told: int
) -> None:
    for _ in range(2):
        response = post(stranger, "k1", f"/refusals/{how}", {})
        assert (response.status_code, REPLAYED in response) == (500, False)
        assert response.json()["detail"] == "Not this time."
    assert Event.objects.filter(action="tried").count() == told
    assert KeptAnswer.objects.count() == 0


def test_every_success_is_repeated_with_its_status(annotator: Client, project: Project) -> None:
    document = DocumentFactory.create(project=project)
    label = LabelFactory.create(project=project, kind="document")
    path = f"/documents/{document.pk}"
    bulk = {"annotations": [{"label": str(label.pk)}, {"label": str(project.pk)}]}
    for key, call in {
        "opened": partial(post, annotator, "opened", f"{path}/annotation-sets", {}),
        "bulk": partial(post, annotator, "bulk", f"{path}/annotations/bulk", bulk),
    }.items():
        first, again = call(), call()
        assert (first.status_code, again.status_code) == (200, 200), key
        assert again.content == first.content
    assert document.annotations.count() == 1


def test_an_answer_without_content_is_repeated(project: Project, annotator: Client) -> None:
    path = "/auth/logout"
    assert post(annotator, "k1", path, {}).status_code == 204
    again = Client.of(annotator.person)
    response = post(again, "k1", path, {})
    assert (response.status_code, response.content, response[REPLAYED]) == (204, b"", "true")


def test_a_step_is_not_taken_twice(annotator: Client, project: Project) -> None:
    own = AnnotationSetFactory.create(document__project=project, author=annotator.person)
    path = f"/annotation-sets/{own.pk}/submit"
    first, again = (annotator.post(path, Idempotency_Key="k1") for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert annotator.post(path, Idempotency_Key="k2").status_code == 409


def test_keys_of_nobody_are_no_matter(anonymous: Client, db: None) -> None:
    sent = {"email": "ada@example.org", "password": "correct horse battery"}
    assert post(anonymous, "k1", "/auth/register", sent).status_code == 201
    refused(post(anonymous, "k1", "/auth/register", sent), 409, "email_taken")
    assert KeptAnswer.objects.count() == 0


def test_reading_needs_no_key(stranger: Client) -> None:
    for _ in range(2):
        response = stranger.get("/projects", Idempotency_Key="k1")
        assert (response.status_code, REPLAYED in response) == (200, False)


def test_what_is_shown_once_is_not_kept(stranger: Client) -> None:
    sent = {"name": "ingest", "scope": "read"}
    first, again = (post(stranger, "k1", "/users/me/tokens", sent) for _ in range(2))
    secret = first.json()["token"]
    assert again.json() == first.json() | {"token": None}
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    assert secret not in str(list(KeptAnswer.objects.values_list()))


def test_a_key_s_digest_tells_nothing_to_who_lacks_ours(
    stranger: Client, settings: Settings
) -> None:
    post(stranger, "k1")
    before = KeptAnswer.objects.get().request_digest
    KeptAnswer.objects.all().delete()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next key, as long and as random as the one before it was"
    post(Client.of(stranger.person), "k1")
    assert KeptAnswer.objects.get().request_digest != before


# Who may not do it any more


def labelled(client: Client, project: Project) -> Any:
    sent = {"kind": "span", "name": "person"}
    return post(client, "k1", f"/projects/{project.pk}/labels", sent)


@pytest.mark.parametrize(
    ("role", "status", "code"), [("viewer", 403, "permission_denied"), (None, 404, "not_found")]
)
def test_who_lost_a_role_is_told_no_answer_of_theirs_again(
    manager: Client, project: Project, role: str | None, status: int, code: str
) -> None:
    first = labelled(manager, project)
    manager.person.memberships.all().delete()
    if role:
        MembershipFactory.create(project=project, user=manager.person, role=role)
    refused(labelled(manager, project), status, code)
    manager.person.memberships.all().delete()
    MembershipFactory.create(project=project, user=manager.person, role="manager")
    again = labelled(manager, project)
    assert (again.content, again[REPLAYED]) == (first.content, "true")


def test_a_superuser_who_is_none_any_more_is_told_nothing_either(project: Project) -> None:
    boss = UserFactory.create(is_superuser=True)
    assert labelled(Client.of(boss), project).status_code == 201
    User.objects.filter(pk=boss.pk).update(is_superuser=False)
    refused(labelled(Client.of(boss), project), 404, "not_found")


def test_what_was_done_to_one_thing_takes_its_permission_again(
    curator: Client, project: Project
) -> None:
    theirs = AnnotationSetFactory.create(document__project=project, state="submitted")
    path = f"/annotation-sets/{theirs.pk}/approve"
    assert post(curator, "k1", path, {}).status_code == 200
    assert post(curator, "k1", path, {})[REPLAYED] == "true"
    curator.person.memberships.update(role="annotator")
    refused(post(curator, "k1", path, {}), 403, "permission_denied")


@pytest.mark.parametrize("keep_role", ["viewer", None])
def test_who_has_handed_a_project_over_is_told_so_again(
    manager: Client, viewer: Client, project: Project, keep_role: str | None
) -> None:
    member = viewer.person.memberships.get().pk
    sent = {"member": str(member), "keep_role": keep_role}
    path = f"/projects/{project.pk}/transfer"
    first, again = (post(manager, "k1", path, sent) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content


# Uploads


def upload(client: Client, project: Project, key: str, content: bytes, **fields: Any) -> Any:
    """POST a file under a key."""
    name = fields.pop("file_name", "a.txt")
    parts = {"file": SimpleUploadedFile(name, content), **fields}
    path = f"{BASE}/projects/{project.pk}/documents"
    return client.http.post(path, parts, headers={"Idempotency-Key": key})


def test_an_upload_is_taken_in_once(manager: Client, project: Project) -> None:
    first = upload(manager, project, "k1", b"Ada", tags=["x", "y"])
    again = upload(manager, project, "k1", b"Ada", tags=["x", "y"])
    assert (first.status_code, again.status_code) == (202, 202)
    assert (again.content, again[REPLAYED]) == (first.content, "true")
    document = Document.objects.get()
    with document.source.open("rb") as stored:
        assert stored.read() == b"Ada"


@pytest.mark.parametrize(
    ("content", "other"),
    [
        (b"Eve", {}),
        (b"Ada", {"file_name": "b.txt"}),
        (b"Ada", {"title": "Ada"}),
        (b"Ada", {"tags": ["z", "y"]}),
        (b"Ada", {"tags": ["y", "x"]}),
        (b"Ada", {"tags": ["y"]}),
    ],
)
def test_another_upload_needs_another_key(
    manager: Client, project: Project, content: bytes, other: dict[str, Any]
) -> None:
    upload(manager, project, "k1", b"Ada", tags=["x", "y"])
    response = upload(manager, project, "k1", content, **{"tags": ["x", "y"], **other})
    refused(response, 422, "idempotency_key_reused")
    assert Document.objects.count() == 1


# At the same time


@SIMULTANEOUS
def test_of_20_simultaneous_requests_one_is_done(stranger: Client) -> None:
    clients = [Client.of(stranger.person) for _ in range(20)]
    responses = at_once(*(partial(post, client, "k1") for client in clients))
    assert [response.status_code for response in responses] == [201] * 20
    assert len({response.content for response in responses}) == 1
    assert sum(REPLAYED in response for response in responses) == 19
    assert (Project.objects.count(), KeptAnswer.objects.count()) == (1, 1)


@SIMULTANEOUS
def test_of_simultaneous_requests_that_fail_none_is_kept(stranger: Client) -> None:
    post(stranger, "k0", data={"name": "Press", "slug": "press"})
    clients = [Client.of(stranger.person) for _ in range(5)]
    taken = {"name": "Other", "slug": "press"}
    responses = at_once(*(partial(post, client, "k1", data=taken) for client in clients))
    assert [response.status_code for response in responses] == [409] * 5
    assert KeptAnswer.objects.count() == 1


@contextmanager
def under_way(user: User, key: str) -> Iterator[None]:
    """Hold a key as a request does that has not ended, in a transaction of its own."""
    begun, end = Signal(), Signal()

    def work() -> None:
        with transaction.atomic():
            KeptAnswer.objects.create(user=user, key=key, request_digest="x")
            begun.set()
            end.wait(30)
            transaction.set_rollback(True)
        connection.close()

    thread = Thread(target=work)
    thread.start()
    assert begun.wait(30)
    try:
        yield
    finally:
        end.set()
        thread.join()


@SIMULTANEOUS
def test_who_waits_too_long_for_the_first_is_told(stranger: Client) -> None:
    with under_way(stranger.person, "k1"):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        response = post(stranger, "k1")
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    refused(response, 409, "idempotency_key_in_use")
    assert response["Retry-After"] == "2"
    assert post(stranger, "k1").status_code == 201


@SIMULTANEOUS
def test_other_faults_of_the_database_are_not_taken_for_a_wait(stranger: Client) -> None:
    with under_way(stranger.person, "k1"):
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '100ms'")
        response = post(stranger, "k1")
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
    refused(response, 503, "query_timeout")
