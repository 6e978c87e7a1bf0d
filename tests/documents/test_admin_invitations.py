from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from documents.models import Invitation, Project, Role
from tests.client import Client
from tests.documents.conftest import Working
from tests.factories import MembershipFactory, UserFactory
from tests.staff import Staff, page
from users.models import Event

KIND = "documents_invitation"
ADD = reverse(f"admin:{KIND}_add")


@pytest.fixture
def manager(project: Project) -> Staff:
    return Staff.of(project, Role.MANAGER)


def invite(staff: Staff, project: Project, **fields: Any) -> Any:
    form = {"project": str(project.pk), "role": "annotator", "email": "", "expires_in_days": "3"}
    return staff.save(ADD, **form | fields)


def invited(staff: Staff, project: Project, **fields: Any) -> Invitation:
    assert invite(staff, project, **fields).status_code == 200
    made: Invitation = Invitation.objects.latest("id")
    return made


def test_a_manager_is_shown_the_link_once(manager: Staff, project: Project) -> None:
    shown = invite(manager, project).content.decode()
    [link] = re.findall(r"<code>(.+)</code>", shown)
    token = link.removeprefix("http://testserver/account/invitation#")
    made = Invitation.objects.get()
    assert (made.role, made.invited_by, made.state) == (Role.ANNOTATOR, manager.user, "open")
    assert page(made) in shown
    assert token not in manager.page_of(made)
    assert Event.objects.latest("id").action == "invitation.created"
    taker = Client.of(UserFactory.create())
    assert taker.post("/invitations/accept", {"token": token}).status_code == 201
    assert "accepted" in manager.page_of(made)


def test_a_link_that_is_mailed_is_not_shown(
    manager: Staff, project: Project, settings: Settings, working: Working
) -> None:
    settings.EMAIL_IS_SENT = True
    with working():
        shown = invite(manager, project, email="kim@example.org").content.decode()
    assert "The link is on its way to kim@example.org." in shown
    assert "account/invitation" not in shown
    assert [sent.to for sent in mail.outbox] == [["kim@example.org"]]


def test_only_so_many_are_mailed(manager: Staff, project: Project, settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"invitations": "1/h"}
    assert "once" in invite(manager, project, email="kim@example.org").content.decode()
    refused = invite(manager, project, email="kim@example.org")
    [told] = refused.context["adminform"].form.errors["__all__"]
    assert told.startswith("The rate limit is used up.")
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("fields", [{"expires_in_days": "91"}, {"role": "king"}, {"email": "kim"}])
def test_what_does_not_fit_is_told(
    manager: Staff, project: Project, fields: dict[str, str]
) -> None:
    response = invite(manager, project, **fields)
    assert set(response.context["adminform"].form.errors) == set(fields)
    assert not Invitation.objects.exists()


def test_a_manager_revokes(manager: Staff, project: Project) -> None:
    made = invited(manager, project, email="kim@example.org")
    assert manager.step(made, "revoke") == [
        "kim@example.org (annotator): revoked; its link is good for nothing now."
    ]
    made.refresh_from_db()
    assert made.state == "revoked"
    assert manager.step(made, "revoke") == [
        "The invitation was taken up or revoked already. It is revoked."
    ]
    assert "Revoke</button>" not in manager.page_of(made)


def test_invitations_are_for_managers(manager: Staff, project: Project) -> None:
    made = invited(manager, project, email="kim@example.org")
    curator = Staff.of(project, Role.CURATOR)
    assert "kim@example.org" not in curator.list_of(KIND)
    assert curator.get(page(made)).status_code == 404
    assert curator.get(ADD).status_code == 403
    assert curator.press(made, "revoke").status_code == 404
    elsewhere = MembershipFactory.create(user=curator.user, role=Role.MANAGER).project
    assert "project" in invite(curator, project).context["adminform"].form.errors
    assert invite(curator, elsewhere).status_code == 200


def test_invitations_are_found_by_state_and_e_mail(manager: Staff, project: Project) -> None:
    for email in ("ada@example.org", "kim@example.org"):
        invited(manager, project, email=email)
    gone = Invitation.objects.get(email="ada@example.org")
    Invitation.objects.filter(pk=gone.pk).update(expires_at=timezone.now())
    for query in ("?state=open", "?q=kim"):
        shown = manager.list_of(KIND, query)
        assert ("kim@example.org" in shown, "ada@example.org" in shown) == (True, False)
    shown = manager.list_of(KIND, "?state=expired")
    assert ("kim@example.org" in shown, "ada@example.org" in shown) == (False, True)
