"""The security log in the admin."""

from __future__ import annotations

import pytest
from django.urls import reverse

from documents.models import Project, Role
from tests.client import Client
from tests.factories import MembershipFactory, UserFactory
from tests.staff import Staff
from users.models import Event

LOG = "users_securityevent"


@pytest.fixture
def boss(db: None) -> Staff:
    return Staff.superuser()


def fail(email: str, address: str = "192.0.2.9") -> None:
    """Try to sign in with a wrong password."""
    Client().http.post(
        "/api/v1/auth/token",
        {"email": email, "password": "wrong"},
        format="json",
        REMOTE_ADDR=address,
    )


def test_it_tells_who_failed_to_sign_in_from_where_and_why(boss: Staff) -> None:
    person = UserFactory.create()
    fail(person.email)
    fail("nobody@example.org")
    shown = boss.list_of(LOG, "?kind=sign_in.failed")
    assert "192.0.2.9" in shown
    assert "nobody signed in" in shown
    assert f"/users/user/{person.pk}/change/" in shown
    assert "no account" in shown
    assert ">password<" in shown
    assert "nobody@example.org" not in shown


def test_it_holds_what_is_about_security_alone(boss: Staff, project: Project) -> None:
    client = Client.of(UserFactory.create())
    client.post("/projects", {"name": "Letters", "slug": "letters"})
    shown = boss.list_of(LOG)
    assert "member.added" in shown or "sign_in.succeeded" in shown
    assert Event.objects.filter(action="project.created").exists()
    assert "project.created" not in shown


def test_it_is_filtered_by_kind_actor_and_address(boss: Staff) -> None:
    person = UserFactory.create(name="Grace")
    fail(person.email, "192.0.2.9")
    fail(person.email, "192.0.2.10")
    Client.of(person)
    listed = boss.list_of(LOG, "?address=192.0.2.10")
    assert ("192.0.2.10" in listed, "?address=192.0.2.9" in listed) == (True, False)
    of_person = boss.list_of(LOG, f"?actor={person.pk}")
    assert ("sign_in.succeeded" in of_person, "nobody signed in" in of_person) == (True, False)
    assert f"?actor={person.pk}" in of_person
    assert "nobody signed in" in boss.list_of(LOG, "?actor=nonsense")
    assert "sign_in" not in boss.list_of(LOG, "?kind=access_token.").partition("result_list")[2]


@pytest.mark.parametrize("of", ["address", "email", "action", "id"])
def test_it_is_searched(boss: Staff, of: str) -> None:
    person = UserFactory.create()
    Client.of(person)
    fail(person.email)
    text = {
        "address": "192.0.2.9",
        "email": person.email.upper(),
        "action": "sign_in.failed",
        "id": str(person.pk),
    }[of]
    assert "1 access" not in boss.list_of(LOG, f"?q={text}")
    found = boss.get(f"{reverse(f'admin:{LOG}_changelist')}?q={text}").context["cl"].result_count
    assert found == {"address": 1, "email": 1, "action": 1, "id": 2}[of]


def test_each_row_leads_to_its_event(boss: Staff) -> None:
    event = Event.objects.security().latest("id")
    response = boss.get(reverse(f"admin:{LOG}_change", args=[event.pk]))
    assert (response.status_code, response.url) == (
        302,
        reverse("admin:users_event_change", args=[event.pk]),
    )


def test_what_the_system_did_says_so(boss: Staff) -> None:
    fail(boss.user.email)
    Event.objects.filter(action="sign_in.failed").update(action="member.removed")
    assert "the system" in boss.list_of(LOG)


def test_staff_read_of_their_projects_and_of_themselves_alone(
    boss: Staff, project: Project
) -> None:
    staff = Staff.of(project, Role.MANAGER)
    stranger = UserFactory.create()
    fail(stranger.email, "192.0.2.66")
    fail(staff.user.email, "192.0.2.77")
    MembershipFactory.create(project=project)
    shown = staff.list_of(LOG)
    assert ("192.0.2.66" in shown, "192.0.2.77" in shown) == (False, True)
    foreign = Event.objects.get(action="sign_in.failed", target_id=stranger.pk)
    assert staff.get(reverse(f"admin:{LOG}_change", args=[foreign.pk])).status_code == 404
