"""Invitations are taken up once, by whom they are for."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from config.api.concurrency import ANY_VERSION
from documents.models import Invitation, Membership, Project, Role
from tests.client import Client
from tests.documents.conftest import Working
from tests.documents.inviting import (
    INVALID,
    KIM,
    accept,
    invite,
    mailed,
    preview,
    register,
    role_of,
    the,
    token_in,
    told,
)
from tests.events import changed, last_event, log_of
from tests.factories import PASSWORD, MembershipFactory, UserFactory, token_of
from tests.threads import while_held
from users.models import Event, User
from users.services.accounts import activate, deactivate


@pytest.fixture
def token(manager: Client, project: Project) -> str:
    """Return the token of an open invitation to whoever has the link."""
    return str(invite(manager, project).json()["token"])


# By somebody who has an account


def test_somebody_signed_in_takes_it_up(
    manager: Client, stranger: Client, project: Project
) -> None:
    made = invite(manager, project, "curator").json()
    response = accept(stranger, made["token"])
    assert (response.status_code, response.json()["role"]) == (201, "curator")
    assert response["Location"].endswith(f"/members/{response.json()['id']}")
    assert role_of(stranger.person, project) == "curator"
    event = last_event(made["id"])
    assert (event.action, event.actor) == ("invitation.accepted", stranger.person)
    assert changed(event)["accepted_by_id"] == (None, str(stranger.person.pk))
    assert log_of(response.json()["id"]) == [("member.added", stranger.person.pk)]
    assert manager.get(f"/invitations/{made['id']}").json()["accepted_by"]["id"] == str(
        stranger.person.pk
    )


def test_a_token_is_good_once(stranger: Client, token: str) -> None:
    assert accept(stranger, token).status_code == 201
    other = Client.of(UserFactory.create())
    assert told(accept(other, token)) == INVALID
    assert told(preview(token)) == INVALID
    assert told(register(token, email=KIM)) == INVALID


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_uses_one_wins(manager: Client) -> None:
    token = invite(manager, Project.objects.get()).json()["token"]
    people = [Client.of(UserFactory.create()) for _ in range(3)]
    calls = [partial(accept, one, token) for one in people]
    calls += [partial(register, token, email=KIM)]
    answers = while_held(Invitation.objects.get(), *calls)
    assert sorted(answer.status_code for answer in answers) == [201, 404, 404, 404]
    assert Membership.objects.count() == 2
    assert Event.objects.filter(action="invitation.accepted").count() == 1
    assert User.objects.filter(email=KIM).exists() is (answers[-1].status_code == 201)


@pytest.mark.django_db(transaction=True)
def test_taking_up_and_revoking_do_not_both_win(manager: Client, stranger: Client) -> None:
    made = invite(manager, Project.objects.get()).json()
    answers = while_held(
        Invitation.objects.get(),
        partial(accept, stranger, made["token"]),
        partial(manager.delete, f"/invitations/{made['id']}", If_Match="*"),
    )
    assert [answer.status_code for answer in answers] in ([201, 409], [404, 204])


def test_a_member_stays_what_they_are_and_the_invitation_open(
    manager: Client, viewer: Client, project: Project
) -> None:
    response = invite(manager, project, "manager")
    assert told(accept(viewer, response.json()["token"])) == (409, "already_member")
    assert role_of(viewer.person, project) == "viewer"
    assert the(response).state == "open"


def test_an_access_token_takes_nothing_up(stranger: Client, token: str) -> None:
    script = Client.with_token(token_of(stranger.person))
    assert told(accept(script, token)) == (403, "sign_in_required")


def revoke(manager: Client, pk: str) -> None:
    assert manager.delete(f"/invitations/{pk}", if_match="1").status_code == 204


def expire(manager: Client, pk: str) -> None:
    Invitation.objects.filter(pk=pk).update(expires_at=timezone.now())


def delete_project(manager: Client, pk: str) -> None:
    project = Invitation.objects.get(pk=pk).project
    assert manager.delete(f"/projects/{project.pk}", if_match="1").status_code == 204


def shut_out(manager: Client, pk: str) -> None:
    User.objects.filter(pk=manager.person.pk).update(is_active=False)


def demote(manager: Client, pk: str) -> None:
    """Leave the inviter a curator behind every service's back."""
    Membership.objects.filter(user=manager.person).update(role=Role.CURATOR)


def shut_out_for_a_while(manager: Client, pk: str) -> None:
    boss = UserFactory.create(is_superuser=True)
    shut = deactivate(actor=boss, user=manager.person, precondition=ANY_VERSION)
    activate(actor=boss, user=shut, precondition=ANY_VERSION)


@pytest.mark.parametrize(
    "spoil", [revoke, expire, delete_project, shut_out, shut_out_for_a_while, demote]
)
def test_what_is_not_good_any_more_answers_like_the_unknown(
    manager: Client, stranger: Client, project: Project, spoil: Any
) -> None:
    made = invite(manager, project).json()
    spoil(manager, made["id"])
    unknown = ("psi_0bJd8sWc1yQmXf5rTzKv3uGhLnPa7E2aBcDe", "", "x" * 900)
    for ask in (partial(accept, stranger), preview, partial(register, email=KIM)):
        answers = [ask(token) for token in (made["token"], *unknown) if token]
        for answer in answers:
            assert told(answer) == INVALID
        bodies = [answer.json() for answer in answers]
        for body in bodies:
            del body["request_id"]
        assert all(body == bodies[0] for body in bodies)
    assert not project.memberships.filter(user=stranger.person).exists()
    assert not User.objects.filter(email=KIM).exists()


def test_a_superuser_invites_where_they_are_no_member(stranger: Client, project: Project) -> None:
    boss = Client.of(UserFactory.create(is_superuser=True))
    assert accept(stranger, invite(boss, project).json()["token"]).status_code == 201


def test_one_for_an_address_is_for_the_account_with_it(
    manager: Client, stranger: Client, project: Project
) -> None:
    response = invite(manager, project, email=KIM)
    token = response.json()["token"]
    refused = accept(stranger, token)
    assert told(refused) == (403, "not_invited")
    assert KIM not in refused.content.decode()
    assert the(response).state == "open"
    kim = Client.of(UserFactory.create(email="Kim@Example.org"))
    assert accept(kim, token).status_code == 201


def test_a_link_tells_what_it_offers(manager: Client, project: Project) -> None:
    for members, needs_email in (({}, True), ({"email": KIM}, False)):
        made = invite(manager, project, "viewer", **members).json()
        assert preview(made["token"]).json() == {
            "project": project.name,
            "role": "viewer",
            "invited_by": manager.person.name,
            "expires_at": made["expires_at"],
            "needs_email": needs_email,
        }


def test_tries_at_tokens_are_limited_by_address(
    settings: Settings, stranger: Client, token: str
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_address": "3/m"}
    for ask in (preview, partial(register, email=KIM), partial(accept, stranger)):
        assert told(ask("nonsense")) == INVALID
    for ask in (preview, register, partial(accept, stranger)):
        assert ask(token).status_code == 429


# With a new account


def test_somebody_without_an_account_makes_one(token: str, project: Project) -> None:
    response = register(token, email=KIM)
    assert (response.status_code, response.json()["email"]) == (201, KIM)
    kim = User.objects.get(email=KIM)
    assert (kim.name, kim.email_verified_at, role_of(kim, project)) == ("Kim", None, "annotator")
    assert kim.check_password(PASSWORD)
    assert [action for action, actor in log_of(kim.pk) if actor == kim.pk] == ["user.created"]


def test_an_account_is_made_only_with_its_membership(
    manager: Client, project: Project, working: Working, mailing: None
) -> None:
    unconfirmed = UserFactory.create(email=KIM, password="staple that wrong horse")
    MembershipFactory.create(project=project, user=unconfirmed)
    response, [sent] = mailed(working, partial(invite, manager, project, email=KIM))
    assert told(register(token_in(sent.body))) == (409, "already_member")
    unconfirmed.refresh_from_db()
    assert unconfirmed.email_verified_at is None
    assert unconfirmed.check_password("staple that wrong horse")
    assert the(response).state == "open"


@pytest.mark.parametrize("how", ["open", "invitation", "closed"])
def test_invitations_make_accounts_unless_registration_is_closed(
    settings: Settings, token: str, how: str
) -> None:
    settings.REGISTRATION = how
    response = register(token, email=KIM)
    expected = (403, "registration_closed") if how == "closed" else (201, None)
    assert told(response) == expected


def test_a_link_without_an_address_takes_one(token: str) -> None:
    response = register(token)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/email")


@pytest.mark.parametrize("given", [{"password": "short"}, {"password": ""}, {"password": KIM}])
def test_a_password_must_suit(token: str, given: dict[str, str]) -> None:
    response = register(token, email=KIM, **given)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/password")


def test_a_password_is_needed(token: str) -> None:
    response = Client().post("/invitations/register", {"token": token, "email": KIM})
    assert response.json()["errors"][0]["code"] == "required"


def test_who_has_an_account_signs_in_instead(manager: Client, project: Project, token: str) -> None:
    UserFactory.create(email=KIM)
    assert told(register(token, email=KIM)) == (409, "email_taken")
    assert told(register(invite(manager, project, email=KIM).json()["token"])) == (
        409,
        "email_taken",
    )
    assert Invitation.objects.open().count() == 2


def test_one_for_an_address_makes_no_account_with_another(
    manager: Client, project: Project
) -> None:
    token = invite(manager, project, email=KIM).json()["token"]
    assert told(register(token, email="other@example.org")) == (403, "not_invited")
    assert register(token, email=KIM.upper()).json()["email"] == KIM


# With an address that is confirmed by mail


def test_a_link_without_an_address_goes_on_by_mail_where_e_mails_are_confirmed(
    token: str, project: Project, working: Working, mailing: None
) -> None:
    response, [sent] = mailed(working, partial(register, token, email=KIM))
    assert (response.status_code, response.json()) == (
        202,
        {"email": KIM, "status": "invitation_sent"},
    )
    assert not User.objects.filter(email=KIM).exists()
    link = token_in(sent.body)
    assert sent.to == [KIM]
    assert preview(link).json()["needs_email"] is False
    assert told(register(link, email="other@example.org")) == (403, "not_invited")
    made = register(link)
    assert (made.status_code, made.json()["email"]) == (201, KIM)
    assert made.json()["email_verified_at"]
    assert role_of(User.objects.get(email=KIM), project) == "annotator"
    for spent in (link, token):
        assert told(preview(spent)) == INVALID


def test_such_a_link_tells_nobody_whether_an_address_is_known(
    token: str, project: Project, working: Working, mailing: None
) -> None:
    kim = UserFactory.create(email=KIM, email_verified_at=timezone.now())
    known, [to_known] = mailed(working, partial(register, token, email=KIM))
    new, [to_new] = mailed(working, partial(register, token, email="new@example.org"))
    assert (known.status_code, known.json()["status"]) == (new.status_code, new.json()["status"])
    assert set(known.headers) == set(new.headers)
    assert preview(token).status_code == 200
    link = token_in(to_known.body)
    assert to_known.body.replace(link, "") == to_new.body.replace(token_in(to_new.body), "")
    assert told(register(link)) == (409, "email_taken")
    assert told(accept(Client.of(UserFactory.create()), link)) == (403, "not_invited")
    assert accept(Client.of(kim), link).status_code == 201


def test_an_address_is_not_flooded(
    settings: Settings, token: str, working: Working, mailing: None
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"mail_by_account": "1/h"}
    answers = [mailed(working, partial(register, token, email=KIM)) for _ in range(3)]
    assert [len(sent) for _, sent in answers] == [1, 0, 0]
    assert {answer.status_code for answer, _ in answers} == {202}


def test_an_unconfirmed_account_becomes_whose_the_address_is(
    manager: Client, project: Project, working: Working, mailing: None
) -> None:
    squatter = UserFactory.create(email=KIM, password="staple that wrong horse")
    _, [sent] = mailed(working, partial(invite, manager, project, email=KIM))
    assert register(token_in(sent.body)).status_code == 201
    squatter.refresh_from_db()
    assert squatter.check_password(PASSWORD)


# The page of a site without a front end


PAGE = reverse("account-invitation")


def test_a_page_takes_an_invitation_up(anonymous: Client, token: str, project: Project) -> None:
    shown = anonymous.http.get(PAGE)
    assert shown.status_code == 200
    assert "documents/invitation.js" in shown.content.decode()
    form = {"token": token, "email": KIM, "name": "Kim", "password": PASSWORD}
    response = anonymous.http.post(PAGE, form)
    assert "Sign in with your new account." in response.content.decode()
    assert role_of(User.objects.get(email=KIM), project) == "annotator"
    again = anonymous.http.post(PAGE, form)
    assert again.status_code == 404
    assert "The invitation is unknown" in again.content.decode()


def test_the_page_has_a_mail_sent_where_e_mails_are_confirmed(
    anonymous: Client, token: str, working: Working, mailing: None, settings: Settings
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"mail_by_account": "1/h"}
    form = {"token": token, "email": KIM, "name": "Kim", "password": PASSWORD}
    for mails in (1, 0):
        response, sent = mailed(working, partial(anonymous.http.post, PAGE, form))
        assert (response.status_code, len(sent)) == (200, mails)
