"""Invitations are made, listed, mailed and revoked by managers."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from documents.models import Invitation, Project, Role
from documents.tasks import mail_invitation
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
    the,
    token_in,
    told,
)
from tests.events import last_event, log_of
from tests.factories import (
    PASSWORD,
    MembershipFactory,
    ProjectFactory,
    UserFactory,
    token_of,
)
from users.models import AccessToken, User
from users.sealing import seal

# Made and shown


def test_an_invitation_is_shown_with_its_link_once(manager: Client, project: Project) -> None:
    response = invite(manager, project, "curator", expires_in_days=2)
    made = response.json()
    assert response.status_code == 201
    assert re.fullmatch(r"psi_\w{36}", made["token"])
    assert made["url"] == f"http://testserver/account/invitation#{made['token']}"
    assert (made["role"], made["email"], made["state"]) == ("curator", "", "open")
    lasts = datetime.fromisoformat(made["expires_at"]) - timezone.now()
    assert timedelta(days=1, hours=23) < lasts < timedelta(days=2)
    assert made["invited_by"]["id"] == str(manager.person.pk)
    shown = manager.get(f"/invitations/{made['id']}")
    assert shown["ETag"] == response["ETag"]
    assert shown.json() == {name: made[name] for name in made if name not in {"token", "url"}}
    assert the(response).token_digest not in shown.content.decode()
    assert log_of(made["id"]) == [("invitation.created", manager.person.pk)]
    event = last_event(made["id"])
    assert event.project_id == project.pk
    assert "token_digest" not in event.after


def test_a_link_is_good_for_a_week_unless_said(manager: Client, project: Project) -> None:
    lasts = the(invite(manager, project)).expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < lasts < timedelta(days=7)


def test_a_repeated_answer_shows_no_token(manager: Client, project: Project) -> None:
    path = f"/projects/{project.pk}/invitations"
    first = manager.post(path, {"role": "viewer"}, Idempotency_Key="k").json()
    again = manager.post(path, {"role": "viewer"}, Idempotency_Key="k").json()
    assert (again["id"], again["token"], again["url"]) == (first["id"], None, None)
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"role": "king"},
        {"role": "viewer", "email": "kim"},
        {"role": "viewer", "expires_in_days": 0},
        {"role": "viewer", "expires_in_days": 91},
        {"role": "viewer", "token": "psi_"},
    ],
)
def test_an_invitation_that_does_not_fit_is_refused(
    manager: Client, project: Project, content: dict[str, Any]
) -> None:
    assert manager.post(f"/projects/{project.pk}/invitations", content).status_code == 422
    assert not Invitation.objects.exists()


def test_only_managers_see_invitations(
    manager: Client, curator: Client, stranger: Client, project: Project
) -> None:
    path = f"/invitations/{invite(manager, project).json()['id']}"
    for client, status in ((manager, 200), (curator, 403), (stranger, 404)):
        assert client.get(path).status_code == status
        assert client.get(f"/projects/{project.pk}/invitations").status_code == status
    assert invite(curator, project).status_code == 403


def test_invitations_are_listed_by_state(
    manager: Client, stranger: Client, project: Project
) -> None:
    made = {state: invite(manager, project).json() for state in Invitation.STATES}
    Invitation.objects.filter(pk=made["expired"]["id"]).update(expires_at=timezone.now())
    manager.delete(f"/invitations/{made['revoked']['id']}", if_match="1")
    accept(stranger, made["accepted"]["token"])
    path = f"/projects/{project.pk}/invitations"
    assert len(manager.get(path).json()["results"]) == 4
    for state, one in made.items():
        rows = manager.get(f"{path}?state={state}").json()["results"]
        assert [(row["id"], row["state"]) for row in rows] == [(one["id"], state)]
    assert manager.get(f"{path}?state=lost").status_code == 400


def test_a_front_end_has_the_links_lead_to_it(
    settings: Settings, manager: Client, project: Project
) -> None:
    settings.FRONTEND_URL = "https://front.example"
    made = invite(manager, project).json()
    assert made["url"] == f"https://front.example/account/invitation#{made['token']}"


# Revoked


def test_an_invitation_is_revoked_under_its_version(manager: Client, project: Project) -> None:
    made = invite(manager, project).json()
    path = f"/invitations/{made['id']}"
    assert manager.delete(path).status_code == 428
    assert manager.delete(path, if_match="2").status_code == 412
    assert manager.delete(path, if_match="1").status_code == 204
    shown = manager.get(path).json()
    assert (shown["state"], shown["version"]) == ("revoked", 2)
    assert shown["revoked_at"]
    assert told(manager.delete(path, If_Match="*")) == (409, "invitation_closed")
    assert [action for action, _ in log_of(made["id"])] == [
        "invitation.created",
        "invitation.revoked",
    ]


def test_one_that_was_taken_up_is_not_revoked(
    manager: Client, stranger: Client, project: Project
) -> None:
    made = invite(manager, project).json()
    accept(stranger, made["token"])
    response = manager.delete(f"/invitations/{made['id']}", If_Match="*")
    assert told(response) == (409, "invitation_closed")


@pytest.mark.parametrize("way", ["demoted", "removed"])
def test_who_manages_no_longer_leaves_no_way_back(
    manager: Client, stranger: Client, project: Project, way: str
) -> None:
    boss = MembershipFactory.create(project=project, role=Role.MANAGER).user
    theirs, others = invite(manager, project, "manager"), invite(Client.of(boss), project)
    membership = project.memberships.get(user=manager.person)
    path = f"/members/{membership.pk}"
    if way == "demoted":
        Client.of(boss).patch(path, {"role": "curator"}, if_match="1")
    else:
        Client.of(boss).delete(path, if_match="1")
    assert (the(theirs).state, the(others).state) == ("revoked", "open")
    assert log_of(theirs.json()["id"])[-1] == ("invitation.revoked", boss.pk)
    assert told(accept(stranger, theirs.json()["token"])) == INVALID


def test_what_a_token_offered_is_revoked_with_it(
    manager: Client, stranger: Client, project: Project
) -> None:
    script = Client.with_token(token_of(manager.person, scope="admin"))
    others = [Client.with_token(token_of(manager.person, scope="admin")), manager]
    offer, taken = invite(script, project), invite(script, project)
    kept = [invite(client, project) for client in others]
    assert accept(stranger, taken.json()["token"]).status_code == 201
    token = AccessToken.objects.earliest("pk")
    assert manager.delete(f"/tokens/{token.pk}", if_match="1").status_code == 204
    token.refresh_from_db()
    path = f"/invitations/{offer.json()['id']}"
    shown = manager.get(path).json()
    assert shown["state"] == "revoked"
    assert datetime.fromisoformat(shown["revoked_at"]) == token.revoked_at
    assert told(accept(Client.of(UserFactory.create()), offer.json()["token"])) == INVALID
    assert told(preview(offer.json()["token"])) == INVALID
    assert told(manager.delete(path, If_Match="*")) == (409, "invitation_closed")
    assert (the(taken).state, the(taken).ended_at) == ("accepted", None)
    assert [the(one).state for one in kept] == ["open", "open"]
    of_project = f"/projects/{project.pk}/invitations?state="
    for state, count in (("revoked", 1), ("accepted", 1), ("open", 2), ("expired", 0)):
        assert len(manager.get(of_project + state).json()["results"]) == count


def test_what_a_token_offered_outlasts_its_end(
    manager: Client, stranger: Client, project: Project
) -> None:
    soon = timezone.now() + timedelta(minutes=1)
    script = Client.with_token(token_of(manager.person, scope="admin", expires_at=soon))
    offer = invite(script, project)
    AccessToken.objects.update(expires_at=timezone.now())
    assert accept(stranger, offer.json()["token"]).status_code == 201


def test_what_a_revoked_token_offered_is_not_mailed(manager: Client, project: Project) -> None:
    made = invite(Client.with_token(token_of(manager.person, scope="admin")), project, email=KIM)
    AccessToken.objects.update(revoked_at=timezone.now())
    mail_invitation(made.json()["id"], seal(KIM), seal(made.json()["token"]))
    assert mail.outbox == []


def test_removal_and_inviting_elsewhere_do_not_meet(manager: Client, project: Project) -> None:
    elsewhere = ProjectFactory.create()
    MembershipFactory.create(project=elsewhere, user=manager.person, role=Role.MANAGER)
    kept = invite(manager, elsewhere)
    MembershipFactory.create(project=project, role=Role.MANAGER)
    own = project.memberships.get(user=manager.person)
    assert manager.delete(f"/members/{own.pk}", if_match="1").status_code == 204
    assert the(kept).state == "open"


# By mail


def test_an_invitation_is_mailed(
    manager: Client, project: Project, working: Working, mailing: None
) -> None:
    Project.objects.update(name="Letters\nto   Ada & Co")
    response, [sent] = mailed(working, partial(invite, manager, project, "curator", email=KIM))
    assert (response.json()["token"], response.json()["url"]) == (None, None)
    assert (sent.to, sent.subject) == ([KIM], "You are invited to a project in Postil")
    person = manager.person.name
    assert f"{person} invites you to the project “Letters to Ada & Co” at" in sent.body
    assert "as curator" in sent.body
    token = token_in(sent.body)
    assert preview(token).status_code == 200
    made = register(token)
    assert (made.status_code, made.json()["email"]) == (201, KIM)
    assert made.json()["email_verified_at"]
    assert Client().post("/auth/token", {"email": KIM, "password": PASSWORD}).status_code == 200


def test_where_mails_are_printed_the_link_is_shown_too(
    manager: Client, project: Project, working: Working
) -> None:
    response, [sent] = mailed(working, partial(invite, manager, project, email=KIM))
    assert token_in(sent.body) == response.json()["token"]
    assert register(response.json()["token"]).json()["email_verified_at"] is None


def test_a_person_has_only_so_many_invitations_mailed(
    settings: Settings, manager: Client, project: Project
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"invitations": "2/h"}
    answers = [invite(manager, project, email=KIM).status_code for _ in range(3)]
    assert answers == [201, 201, 429]
    assert invite(manager, project).status_code == 201


def test_a_mailbox_gets_only_so_many_whoever_invites(
    manager: Client, project: Project, working: Working
) -> None:
    bosses = [manager]
    for _ in range(3):
        membership = MembershipFactory.create(role=Role.MANAGER)
        bosses.append(Client.of(membership.user))
    projects = [boss.person.memberships.get().project for boss in bosses]
    emails = [KIM, KIM.upper(), "kim+work@example.org"]
    answers, sent = mailed(
        working,
        lambda: [
            invite(boss, place, email=email)
            for email in emails
            for boss, place in zip(bosses, projects, strict=True)
        ],
    )
    assert [answer.status_code for answer in answers] == [201] * 5 + [429] * 7
    assert len(sent) == Invitation.objects.count() == 5
    refused = answers[-1]
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert refused.json()["detail"].endswith("leave the e-mail out, and pass the link on yourself.")
    assert invite(manager, project, email="lee@example.org").status_code == 201
    assert invite(manager, project).status_code == 201


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Letters\nto   Ada & Co", "Letters to Ada & Co"),
        ("Win now: https://evil.example/x", "Win now: https: //evil. example/x"),
        ("www.evil.example", "www. evil. example"),
        ("evil。example", "evil。 example"),
        ("Corpus 1.2 (St. Gallen)", "Corpus 1.2 (St. Gallen)"),
        ("x” at Postil. “Pay", "x’ at Postil. ‘Pay"),  # noqa: RUF001
        ("a\u202eb\u200bc\x1bd\u2028e", "abcd e"),
        ("x" * 81, "x" * 79 + "…"),
        ("Zoë 文書 عربي", "Zoë 文書 عربي"),
    ],
    ids=["lines", "link", "host", "dot", "numbers", "quotes", "hidden", "long", "letters"],
)
def test_names_in_a_mail_pass_for_nothing_of_ours(
    manager: Client, project: Project, working: Working, name: str, shown: str
) -> None:
    Project.objects.update(name=name)
    User.objects.filter(pk=manager.person.pk).update(name=name)
    _, [sent] = mailed(working, partial(invite, manager, project, email=KIM))
    assert f"{shown} invites you to the project “{shown}” at http://testserver" in sent.body
    assert sent.subject == "You are invited to a project in Postil"


def test_who_has_no_name_invites_by_their_e_mail(
    manager: Client, project: Project, working: Working
) -> None:
    User.objects.filter(pk=manager.person.pk).update(name="")
    _, [sent] = mailed(working, partial(invite, manager, project, email=KIM))
    assert sent.body.startswith(f"{manager.person.email} invites you")


def test_what_was_revoked_meanwhile_is_not_mailed(manager: Client, project: Project) -> None:
    made = invite(manager, project, email=KIM).json()
    manager.delete(f"/invitations/{made['id']}", if_match="1")
    mail_invitation(made["id"], seal(KIM), seal(made["token"]))
    assert mail.outbox == []


def test_a_mail_server_that_refuses_is_asked_again(
    settings: Settings,
    manager: Client,
    project: Project,
    working: Working,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.EMAIL_BACKEND = "tests.users.failing_mail.EmailBackend"
    with caplog.at_level(logging.ERROR), working():
        made = invite(manager, project, email=KIM)
    assert made.status_code == 201
    ours = [one.getMessage() for one in caplog.records if one.name == "documents.mails"]
    assert ours == ["An invitation was not sent: SMTPRecipientsRefused"] * 6
    assert KIM not in "".join(ours)
    assert made.json()["token"] not in caplog.text
