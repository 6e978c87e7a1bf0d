"""Access tokens: shown once, good until they end, told apart, and their use is noted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from config.api.concurrency import ANY_VERSION
from documents.models import Project
from tests.client import Client
from tests.events import changed, last_event, log_of
from tests.factories import (
    AccessTokenFactory,
    MembershipFactory,
    ProjectFactory,
    UserFactory,
    token_of,
)
from tests.threads import at_once, while_held
from users.models import AccessToken, Event, KeptAnswer, Scope, User
from users.services import access_tokens, accounts
from users.token_format import ACCESS, digest, is_well_formed, new_token

TOKENS = "/users/me/tokens"
UNKNOWN = "00000000-0000-7000-8000-000000000000"
pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(stranger: Client) -> Client:
    return stranger


def make(client: Client, **content: Any) -> Any:
    """Make a token and return the answer."""
    return client.post(TOKENS, {"name": "ingest", "scope": "write"} | content)


def ask(token: str, **headers: str) -> Any:
    return Client.with_token(token).get("/users/me", **headers)


def refused(response: Any, status: int, code: str) -> Any:
    assert (response.status_code, response.json()["code"]) == (status, code)
    return response.json()


def row() -> AccessToken:
    return AccessToken.objects.get()


def test_a_token_is_shown_once_and_kept_as_a_digest(ada: Client) -> None:
    response = make(ada)
    told = response.json()
    token = told.pop("token")
    assert response.status_code == 201
    assert is_well_formed(token, ACCESS)
    assert (row().digest, row().hint) == (digest(token), token[:8])
    address = response["Location"].removeprefix("http://testserver/api/v1")
    assert ada.get(address).json() == told
    assert ada.get(TOKENS).json()["results"] == [told]
    kept = [*AccessToken.objects.values_list(), *Event.objects.values_list()]
    assert token not in str(kept)
    assert digest(token) not in str(list(Event.objects.values_list()))


def test_a_token_speaks_for_its_person(ada: Client) -> None:
    token = make(ada).data["token"]
    assert ask(token).data["id"] == str(ada.person.pk)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_has_no_case(ada: Client, scheme: str) -> None:
    token = token_of(ada.person)
    assert Client().get("/users/me", Authorization=f"{scheme} {token}").status_code == 200


def test_a_token_is_told_by_what_it_is_for(ada: Client, project: Project) -> None:
    MembershipFactory.create(project=project, user=ada.person)
    told = make(ada, project_id=str(project.pk)).json()
    assert (told["name"], told["scope"], told["version"]) == ("ingest", "write", 1)
    assert told["project_id"] == str(project.pk)
    assert told["user_id"] == str(ada.person.pk)
    assert (told["last_used_at"], told["revoked_at"]) == (None, None)


# When it ends


def days_until(text: str) -> float:
    time = parse_datetime(text)
    assert time
    return round((time - timezone.now()) / timedelta(days=1), 2)


def test_a_token_is_good_for_90_days_unless_told_otherwise(ada: Client) -> None:
    assert days_until(make(ada).data["expires_at"]) == 90
    assert days_until(make(ada, expires_in_days=1).data["expires_at"]) == 1
    tomorrow = timezone.now() + timedelta(days=1)
    assert days_until(make(ada, expires_at=tomorrow).data["expires_at"]) == 1
    assert make(ada, expires_at=None).data["expires_at"] is None


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "soon"}, "/expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-12:00"}, "/expires_at"),
        ({"expires_at": None, "expires_in_days": 3}, "/expires_in_days"),
        ({"expires_in_days": 0}, "/expires_in_days"),
        ({"expires_in_days": 3651}, "/expires_in_days"),
        ({"expires_in_days": None}, "/expires_in_days"),
        ({"scope": "root"}, "/scope"),
        ({"scope": None}, "/scope"),
        ({"name": ""}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"project_id": "x"}, "/project_id"),
        ({"user_id": UNKNOWN}, "/user_id"),
        ({"token": "pst_mine"}, "/token"),
        ({"digest": "0"}, "/digest"),
    ],
)
def test_says_what_is_wrong_with_a_token_to_be(
    ada: Client, content: dict[str, Any], pointer: str
) -> None:
    told = refused(make(ada, **content), 422, "invalid")
    assert [error["pointer"] for error in told["errors"]] == [pointer]
    assert not AccessToken.objects.exists()


def test_a_project_that_one_does_not_see_is_none(ada: Client, project: Project) -> None:
    deleted = ProjectFactory.create(deleted_at=timezone.now())
    MembershipFactory.create(project=deleted, user=ada.person)
    MembershipFactory.create(project=project)
    for unseen in (str(project.pk), str(deleted.pk), UNKNOWN):
        told = refused(make(ada, project_id=unseen), 422, "unknown_project")
        assert [error["pointer"] for error in told["errors"]] == ["/project_id"]
    assert not AccessToken.objects.exists()


def test_a_superuser_limits_a_token_to_any_project(project: Project) -> None:
    MembershipFactory.create(project=project)
    chief = Client.of(UserFactory.create(is_superuser=True))
    assert make(chief, project_id=str(project.pk)).status_code == 201
    refused(make(chief, project_id=UNKNOWN), 422, "unknown_project")


NOW = timezone.now()


@pytest.mark.parametrize(
    ("of_token", "of_user"),
    [
        ({"revoked_at": NOW}, {}),
        ({"expires_at": NOW}, {}),
        ({}, {"is_active": False}),
        ({}, {"email": "", "erased_at": NOW}),
    ],
    ids=["revoked", "expired", "deactivated", "erased"],
)
def test_what_has_ended_is_refused_from_the_next_request_on(
    ada: Client, of_token: dict[str, Any], of_user: dict[str, Any]
) -> None:
    token = token_of(ada.person, expires_at=timezone.now() + timedelta(days=1))
    assert ask(token).status_code == 200
    AccessToken.objects.update(**{"name": "x"} | of_token)
    User.objects.update(**{"name": "x"} | of_user)
    response = ask(token)
    refused(response, 401, "token_ended")
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


# What is no token


def test_a_mistyped_token_is_refused_without_asking_the_database(
    ada: Client, django_assert_num_queries: Callable[[int], Any]
) -> None:
    token = token_of(ada.person)
    last = "0" if token[-1] != "0" else "1"
    for wrong in (token[:-1] + last, token[:-1], token + "0", "pst_", "pst_é", f"{token},"):
        with django_assert_num_queries(0):
            refused(ask(wrong), 401, "invalid_token")


def test_a_well_formed_token_of_nobody_is_refused(db: None) -> None:
    response = ask(new_token(ACCESS))
    refused(response, 401, "invalid_token")
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    assert not Event.objects.exists()


def test_a_script_with_a_dead_token_keeps_nobody_from_signing_in(ada: Client) -> None:
    limit = int(settings.RATE_LIMITS["credentials_by_address"].split("/")[0])
    dead = token_of(ada.person, revoked_at=timezone.now())
    for _ in range(limit + 1):
        refused(ask(dead), 401, "token_ended")
    refused(ask("pst_x"), 401, "invalid_token")
    sent = {"email": ada.person.email, "password": "correct horse battery"}
    assert Client().post("/auth/token", sent).status_code == 200


# Lists


def test_people_see_their_own_tokens_alone(ada: Client) -> None:
    own = AccessTokenFactory.create(user=ada.person)
    foreign = AccessTokenFactory.create()
    assert [told["id"] for told in ada.get(TOKENS).data["results"]] == [str(own.pk)]
    for send in (ada.get, partial(ada.delete, if_match="1")):
        refused(send(f"/tokens/{foreign.pk}"), 404, "not_found")


def test_a_superuser_lists_their_own_and_may_revoke_all(ada: Client) -> None:
    foreign = AccessTokenFactory.create(user=ada.person)
    chief = Client.of(UserFactory.create(is_superuser=True))
    assert chief.get(TOKENS).data["results"] == []
    assert chief.delete(f"/tokens/{foreign.pk}", if_match="1").status_code == 204
    assert log_of(foreign.pk) == [("access_token.revoked", chief.person.pk)]


def test_a_list_keeps_what_is_live_or_what_is_not(ada: Client) -> None:
    now = timezone.now()
    ends = {
        "for good": {},
        "for now": {"expires_at": now + timedelta(days=1)},
        "expired": {"expires_at": now},
        "revoked": {"revoked_at": now},
    }
    for name, end in ends.items():
        AccessTokenFactory.create(user=ada.person, name=name, **end)

    def names(query: str) -> list[str]:
        return [told["name"] for told in ada.get(TOKENS + query).data["results"]]

    assert names("?ordering=created_at") == list(ends)
    assert names("?live=true&ordering=created_at") == ["for good", "for now"]
    assert names("?live=false&ordering=created_at") == ["expired", "revoked"]
    assert names("?ordering=name") == sorted(ends)
    refused(ada.get(f"{TOKENS}?live=1"), 400, "invalid_query")


def test_there_are_at_most_100_live_tokens(ada: Client) -> None:
    AccessTokenFactory.create_batch(99, user=ada.person)
    ended = {"revoked_at": timezone.now()}
    AccessTokenFactory.create_batch(3, user=ada.person, **ended)
    assert make(ada).status_code == 201
    refused(make(ada), 409, "too_many_tokens")
    AccessToken.objects.filter(user=ada.person).update(**ended)
    assert make(ada).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_ones_none_is_the_101st(ada: Client) -> None:
    AccessTokenFactory.create_batch(98, user=ada.person)
    responses = at_once(*[lambda: make(Client.of(ada.person))] * 5)
    assert sorted(response.status_code for response in responses) == [201, 201, 409, 409, 409]


@pytest.mark.django_db(transaction=True)
def test_none_is_made_by_a_sign_in_that_ends_while_the_request_waits(ada: Client) -> None:
    """Else a thief's request that is on its way would outlive the owner's new password."""
    [response] = while_held(ada.person, lambda: make(ada), token_version=2)
    refused(response, 401, "token_ended")
    assert not AccessToken.objects.exists()


# Changes


def test_a_token_is_renamed(ada: Client) -> None:
    path = f"/tokens/{make(ada).data['id']}"
    response = ada.patch(path, {"name": "nightly"}, if_match="1")
    assert (response.data["name"], response["ETag"]) == ("nightly", '"2"')
    assert changed(last_event(row().pk))["name"] == ("ingest", "nightly")
    assert ada.patch(path, {}, if_match="2").data["name"] == "nightly"
    refused(ada.patch(path, {"scope": "admin"}, If_Match="*"), 422, "invalid")
    refused(ada.patch(path, {"name": "x"}, if_match="1"), 412, "stale_version")
    refused(ada.patch(path, {"name": "x"}), 428, "precondition_required")


def test_a_revoked_token_is_out_at_once_and_stays_listed(ada: Client) -> None:
    made = make(ada).data
    path = f"/tokens/{made['id']}"
    assert ask(made["token"]).status_code == 200
    refused(ada.delete(path), 428, "precondition_required")
    refused(ada.delete(path, if_match="2"), 412, "stale_version")
    assert ada.delete(path, if_match="1").status_code == 204
    refused(ask(made["token"]), 401, "token_ended")
    assert ada.get(path).data["revoked_at"]
    assert ada.delete(path, if_match="2").status_code == 204
    actions = [action for action, _ in log_of(made["id"])]
    assert actions.count("access_token.revoked") == 1


def test_deactivation_ends_tokens_for_good(ada: Client) -> None:
    token, chief = token_of(ada.person), UserFactory.create(is_superuser=True)
    accounts.deactivate(actor=chief, user=ada.person, precondition=ANY_VERSION)
    refused(ask(token), 401, "token_ended")
    accounts.activate(actor=chief, user=ada.person, precondition=ANY_VERSION)
    refused(ask(token), 401, "token_ended")
    assert row().revoked_at


def test_all_of_somebody_are_revoked(ada: Client) -> None:
    good, expired = token_of(ada.person), token_of(ada.person, expires_at=timezone.now())
    foreign = token_of(UserFactory.create())
    access_tokens.revoke_all(actor=ada.person, user=ada.person)
    refused(ask(good), 401, "token_ended")
    refused(ask(expired), 401, "token_ended")
    assert ask(foreign).status_code == 200
    assert AccessToken.objects.filter(revoked_at=None).count() == 1


# Retries


def test_a_repeated_answer_shows_no_token(ada: Client) -> None:
    sent = {"name": "ingest", "scope": "read"}
    first, again = (ada.post(TOKENS, sent, Idempotency_Key="k1") for _ in range(2))
    assert is_well_formed(first.json()["token"], ACCESS)
    assert again.json() == first.json() | {"token": None}
    assert again["Idempotency-Replayed"] == "true"
    assert AccessToken.objects.count() == 1
    assert first.json()["token"] not in KeptAnswer.objects.get().body


# Use


def test_a_use_is_noted_once_a_minute(
    ada: Client, django_assert_num_queries: Callable[[int], Any]
) -> None:
    token = token_of(ada.person)
    ask(token)
    first = row().last_used_at
    assert first
    ask(token)
    assert row().last_used_at == first
    earlier = first - timedelta(minutes=1)
    AccessToken.objects.update(last_used_at=earlier)
    ask(token)
    assert (row().last_used_at or earlier) > first
    assert row().version == 1
    with django_assert_num_queries(2):  # the token with its user, and the account that is shown
        ask(token)


def used() -> list[Any]:
    return list(Event.objects.filter(action="access_token.used").order_by("id"))


def test_the_first_use_of_an_hour_is_logged(ada: Client) -> None:
    token = token_of(ada.person)
    for _ in range(3):
        ask(token, User_Agent="ingest/3" + "x" * 300)
    [event] = used()
    assert (event.actor_id, event.target_id, event.project_id) == (ada.person.pk, row().pk, None)
    assert event.after == {
        "hint": token[:8],
        "address": "127.0.0.1",
        "user_agent": ("ingest/3" + "x" * 300)[:200],
    }
    AccessToken.objects.update(last_used_at=timezone.now() - timedelta(hours=1))
    ask(token)
    assert len(used()) == 2


def test_within_the_hour_a_use_is_noted_but_not_logged(ada: Client) -> None:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    token = AccessTokenFactory.create(user=ada.person, last_used_at=hour)
    visit = access_tokens.Visit("127.0.0.1", "tests")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: hour + timedelta(minutes=59))
        access_tokens.note_use(token=token, visit=visit)
    assert row().last_used_at == hour + timedelta(minutes=59)
    assert used() == []


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_uses_one_is_logged(ada: Client) -> None:
    token = token_of(ada.person)
    responses = at_once(*[lambda: ask(token)] * 6)
    assert [response.status_code for response in responses] == [200] * 6
    assert len(used()) == 1


def test_a_dead_token_that_is_tried_is_logged_once_an_hour(ada: Client) -> None:
    token = token_of(ada.person, revoked_at=timezone.now())
    for _ in range(3):
        ask(token, User_Agent="old script")
    assert log_of(row().pk) == [("access_token.refused", ada.person.pk)]
    told = last_event(row().pk).after
    assert told == {"hint": token[:8], "address": "127.0.0.1", "user_agent": "old script"}
    Event.objects.update(at=timezone.now() - timedelta(hours=1))
    ask(token)
    assert len(log_of(row().pk)) == 2
    assert row().last_used_at is None


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_refusals_one_is_logged(ada: Client) -> None:
    token = token_of(ada.person, revoked_at=timezone.now())
    responses = at_once(*[lambda: ask(token)] * 6)
    assert [response.status_code for response in responses] == [401] * 6
    assert len(log_of(row().pk)) == 1


# No token reaches what is a person's own


@pytest.mark.parametrize("scope", Scope)
def test_no_token_makes_shows_or_ends_tokens_or_signs_out(ada: Client, scope: str) -> None:
    bot = Client.with_token(token_of(ada.person, scope=scope))
    path = f"/tokens/{row().pk}"
    for response in (
        make(bot),
        bot.get(TOKENS),
        bot.get(path),
        bot.patch(path, {"name": "x"}, if_match="1"),
        bot.delete(path, if_match="1"),
        bot.post("/auth/logout"),
    ):
        refused(response, 403, "sign_in_required")


def test_a_token_is_named_in_the_log_by_what_tells_it_apart(ada: Client) -> None:
    made = make(ada).data
    assert str(row()) == f"ingest ({made['hint']}…)"
    [(action, actor)] = log_of(made["id"])
    assert (action, actor) == ("access_token.created", ada.person.pk)
    assert last_event(made["id"]).project_id is None
