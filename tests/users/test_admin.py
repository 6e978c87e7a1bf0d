from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from config.api.concurrency import ANY_VERSION
from documents.models import Project, Role
from tests.client import Client
from tests.factories import PASSWORD, UserFactory
from tests.staff import Staff, address_of, page
from users.errors import OwnAccount
from users.models import Event, User
from users.querysets import UserQuerySet
from users.services.accounts import deactivate
from users.services.sign_ins import open_session

ADD = reverse("admin:users_user_add")
NEW = {"email": "new@example.org", "name": "New", "password": "a long enough one", "is_staff": "on"}


@pytest.fixture
def boss(db: None) -> Staff:
    return Staff.superuser()


@pytest.fixture
def person(db: None) -> User:
    made: User = UserFactory.create(name="Ada", email="ada@example.org")
    return made


def now(user: User) -> User:
    found: User = User.objects.get(pk=user.pk)
    return found


def last_action() -> tuple[str, Any]:
    event = Event.objects.latest("id")
    return event.action, event.actor


# Who sees whom


def test_a_superuser_sees_everybody(boss: Staff, person: User) -> None:
    assert "ada@example.org" in boss.list_of("users_user")
    assert "ada@example.org" in boss.page_of(person)


def test_other_staff_see_themselves_alone(project: Project, person: User) -> None:
    staff = Staff.of(project, Role.MANAGER)
    shown = staff.list_of("users_user")
    assert staff.user.email in shown
    assert "ada@example.org" not in shown
    assert staff.get(page(person)).status_code == 404
    assert staff.get(page(staff.user)).status_code == 200


def test_foreign_and_missing_people_answer_alike(project: Project, person: User) -> None:
    staff = Staff.of(project, Role.MANAGER)
    missing = reverse("admin:users_user_change", args=["01980000-0000-7000-8000-000000000000"])
    foreign_answer, missing_answer = staff.get(page(person)), staff.get(missing)
    assert foreign_answer.status_code == missing_answer.status_code == 404
    assert foreign_answer.content == missing_answer.content
    assert staff.get(reverse("admin:users_user_change", args=["nonsense"])).status_code == 404


def test_who_is_no_staff_comes_no_further_than_the_sign_in(person: User) -> None:
    response = Staff(person).get(reverse("admin:index"))
    assert (response.status_code, "/admin/login/" in response.url) == (302, True)


@pytest.mark.parametrize(("text", "found"), [("DA", True), ("ada@", True), ("example.org", False)])
def test_people_are_found_by_part_of_the_name_or_how_the_email_begins(
    boss: Staff, person: User, text: str, found: bool
) -> None:
    assert ("ada@example.org" in boss.list_of("users_user", f"?q={text}")) is found


def test_people_are_filtered(boss: Staff, person: User) -> None:
    assert "ada@example.org" in boss.list_of("users_user", "?is_staff=False&is_active=True")
    assert "ada@example.org" not in boss.list_of("users_user", "?is_staff=True")
    assert "ada@example.org" in boss.list_of("users_user", "?is_staff=nonsense")


def test_no_column_can_be_asked_by_its_name(boss: Staff) -> None:
    response = boss.get(reverse("admin:users_user_changelist") + "?password__startswith=md5")
    assert response.status_code == 400


# Making accounts


def test_a_superuser_makes_an_account_with_a_password(boss: Staff) -> None:
    boss.save(ADD, **NEW)
    made = User.objects.get(email="new@example.org")
    assert made.check_password(NEW["password"])
    assert (made.name, made.is_staff, made.is_superuser) == ("New", True, False)
    assert last_action() == ("user.created", boss.user)


def test_a_taken_email_is_told_on_the_form(boss: Staff, person: User) -> None:
    response = boss.save(ADD, **NEW | {"email": "ADA@example.org"})
    told = "An account with this e-mail exists. Sign in instead."
    assert response.context["adminform"].form.errors == {"__all__": [told]}
    assert 'value="New"' in response.content.decode()
    assert not User.objects.filter(name="New").exists()


@pytest.mark.parametrize("password", ["short", "1234567890123", "new@example.org", ""])
def test_a_weak_password_is_refused(boss: Staff, password: str) -> None:
    response = boss.save(ADD, **NEW | {"password": password})
    assert list(response.context["adminform"].form.errors) == ["password"]
    assert not User.objects.filter(name="New").exists()


def test_only_superusers_make_accounts(project: Project) -> None:
    staff = Staff.of(project, Role.MANAGER)
    assert staff.get(ADD).status_code == 403
    assert staff.save(ADD, **NEW).status_code == 403
    assert not User.objects.filter(name="New").exists()


def test_nothing_is_changed_or_deleted_past_the_services(boss: Staff, person: User) -> None:
    assert boss.save(page(person), name="Eve", email="eve@example.org").status_code == 403
    assert boss.save(address_of(person, "delete"), post="yes").status_code == 403
    assert now(person).name == "Ada"


# Shutting and opening accounts


def test_deactivation_ends_every_token_and_session_at_once(boss: Staff) -> None:
    other = Staff(UserFactory.create(is_staff=True))
    api = Client.of(other.user)
    assert boss.step(other.user, "deactivate") == [
        f"{other.user}: deactivated; every token and session has ended."
    ]
    assert api.get("/users/me").status_code == 401
    assert other.get(reverse("admin:index")).status_code == 302
    assert last_action() == ("user.deactivated", boss.user)


def test_activation_revives_no_token_and_no_session(boss: Staff) -> None:
    other = Staff(UserFactory.create(is_staff=True))
    api = Client.of(other.user)
    boss.step(other.user, "deactivate")
    assert boss.step(now(other.user), "activate") == [f"{other.user}: may sign in again."]
    assert now(other.user).is_active
    assert api.get("/users/me").status_code == 401
    assert other.get(reverse("admin:index")).status_code == 302
    assert Client.of(now(other.user)).get("/users/me").status_code == 200


def test_the_admin_is_opened_and_shut_to_a_person(boss: Staff, person: User) -> None:
    boss.step(person, "staff")
    assert now(person).is_staff
    assert last_action() == ("user.staff_given", boss.user)
    boss.step(now(person), "no-staff")
    assert not now(person).is_staff
    assert last_action() == ("user.staff_taken", boss.user)


def test_nobody_shuts_themselves_out(boss: Staff) -> None:
    assert "Deactivate" not in boss.page_of(boss.user)
    assert boss.press(boss.user, "deactivate").status_code == 403
    assert now(boss.user).is_active
    told = boss.confirm("users_user", "deactivate", boss.user)
    assert told == [f"{boss.user}: You may not do this."]
    with pytest.raises(OwnAccount):
        deactivate(actor=boss.user, user=boss.user, precondition=ANY_VERSION)


def test_other_staff_shut_nobody_out(project: Project) -> None:
    staff = Staff.of(project, Role.MANAGER)
    for name in ("deactivate", "activate", "staff", "no-staff"):
        assert staff.press(staff.user, name).status_code == 403
    other = UserFactory.create()
    assert staff.press(other, "deactivate").status_code == 404


def test_a_stale_page_changes_nothing(boss: Staff, person: User) -> None:
    other = UserFactory.create()
    current = deactivate(actor=other, user=person, precondition=ANY_VERSION)
    told = boss.step(person, "activate")
    assert told == [
        "It changed after this page was loaded, so nothing was done. Look again, then decide."
    ]
    assert not now(person).is_active
    assert boss.step(current, "activate") == ["Ada: may sign in again."]


def test_people_are_deactivated_many_at_once(boss: Staff, person: User) -> None:
    other = UserFactory.create()
    asked = boss.choose("users_user", "deactivate", person, other)
    assert "Deactivate: 2" in asked.content.decode()
    assert now(person).is_active
    told = boss.confirm("users_user", "deactivate", person, other)
    assert told == ["2 users: deactivated; every token and session has ended."]
    assert [now(user).is_active for user in (person, other)] == [False, False]


# Passwords


def password_page(user: User) -> str:
    return reverse("admin:users_user_password", args=[user.pk])


OLD_AND_NEW = {
    "old_password": PASSWORD,
    "new_password1": "something else entirely",
    "new_password2": "something else entirely",
}


def test_ones_own_password_is_changed_knowing_the_old_one(project: Project) -> None:
    staff = Staff.of(project, Role.VIEWER)
    elsewhere, api = Staff(staff.user), Client.of(staff.user)
    response = staff.save(password_page(staff.user), **OLD_AND_NEW)
    assert staff.messages_after(response) == [
        f"{staff.user}: the password is changed; every token and other session has ended."
    ]
    assert now(staff.user).check_password("something else entirely")
    assert staff.get(reverse("admin:index")).status_code == 200
    assert elsewhere.get(reverse("admin:index")).status_code == 302
    assert api.get("/users/me").status_code == 401
    assert last_action() == ("user.password_changed", staff.user)


def test_the_password_itself_is_in_no_event(project: Project) -> None:
    staff = Staff.of(project, Role.VIEWER)
    staff.save(password_page(staff.user), **OLD_AND_NEW)
    event = Event.objects.latest("id")
    assert "password" not in {*(event.before or {}), *(event.after or {})}


def test_a_wrong_old_password_changes_nothing(project: Project) -> None:
    staff = Staff.of(project, Role.VIEWER)
    response = staff.save(password_page(staff.user), **OLD_AND_NEW | {"old_password": "wrong"})
    assert "old_password" in response.context["form"].errors
    assert now(staff.user).check_password(PASSWORD)


def test_guessing_the_old_password_is_slow(project: Project, settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_account": "1/m"}
    staff = Staff.of(project, Role.VIEWER)
    staff.save(password_page(staff.user), **OLD_AND_NEW | {"old_password": "wrong"})
    response = staff.save(password_page(staff.user), **OLD_AND_NEW)
    assert "The rate limit is used up." in response.context["form"].errors["old_password"][0]
    assert now(staff.user).check_password(PASSWORD)


def test_a_superuser_sets_anothers_password(boss: Staff, person: User) -> None:
    assert "Set the password of Ada" in boss.get(password_page(person)).content.decode()
    boss.save(password_page(person), **OLD_AND_NEW)
    assert now(person).check_password("something else entirely")
    assert last_action() == ("user.password_changed", boss.user)


def test_other_staff_set_nobody_elses_password(project: Project, person: User) -> None:
    staff = Staff.of(project, Role.MANAGER)
    assert staff.save(password_page(person), **OLD_AND_NEW).status_code == 404
    assert now(person).check_password(PASSWORD)


def test_who_sees_somebody_does_not_thereby_set_their_password(
    project: Project, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UserQuerySet, "visible_to", lambda rows, _: rows)
    staff = Staff.of(project, Role.MANAGER)
    assert staff.save(password_page(person), **OLD_AND_NEW).status_code == 403
    assert now(person).check_password(PASSWORD)


def test_djangos_own_password_page_leads_to_ours(boss: Staff) -> None:
    response = boss.get(reverse("admin:password_change"))
    assert (response.status_code, response.url) == (302, password_page(boss.user))


def test_open_sessions_of_the_api_end_with_a_set_password(boss: Staff, person: User) -> None:
    open_session(user=person, user_agent="tests")
    version = now(person).token_version
    boss.save(password_page(person), **OLD_AND_NEW)
    assert now(person).token_version == version + 1


# Signing in


def test_staff_sign_in(project: Project) -> None:
    staff = Staff.of(project, Role.VIEWER)
    staff.http.logout()
    address, right = reverse("admin:login"), {"username": staff.user.email, "password": PASSWORD}
    assert staff.get(address).status_code == 200
    assert staff.save(f"{address}?next=/admin/", **right).url == "/admin/"
    assert staff.get("/admin/").status_code == 200


def test_signing_in_is_limited_as_in_the_api(boss: Staff, settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_account": "1/m"}
    address, tried = reverse("admin:login"), {"username": "ada@example.org", "password": "x"}
    assert boss.http.post(address, tried).status_code == 200
    refused = boss.http.post(address, tried)
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)


def test_the_page_of_a_superuser_and_of_staff_say_so(boss: Staff, person: User) -> None:
    assert "badge-superuser" in boss.page_of(boss.user)
    boss.step(person, "staff")
    assert "badge-staff" in boss.page_of(person)
    boss.step(now(person), "deactivate")
    assert "badge-inactive" in boss.page_of(person)


# Ending sign-ins, and erasing


def test_a_superuser_ends_anothers_sign_ins(boss: Staff, person: User) -> None:
    api = Client.of(person)
    assert boss.step(person, "sign-out") == ["Ada: every sign-in has ended."]
    assert api.get("/users/me").status_code == 401


def test_a_superuser_erases_a_person_by_typing_their_email(boss: Staff, person: User) -> None:
    api = Client.of(person)
    assert boss.step(person, "erase", reason=" ADA@example.org ") == [f"{person}: erased."]
    assert now(person).erased_at
    assert "Ada" not in str(now(person))
    assert api.get("/users/me").status_code == 401
    shown = boss.get(page(person))
    assert "badge-deleted" in shown.content.decode()
    assert shown.context["offers"] == []
    assert password_page(person) not in shown.content.decode()


def test_nobody_is_erased_by_another_word(boss: Staff, person: User) -> None:
    told = boss.step(person, "erase", reason="yes")
    assert "Type the e-mail of the account to erase it." in told[0]
    assert now(person).erased_at is None


def test_other_staff_erase_nobody(project: Project, person: User) -> None:
    staff = Staff.of(project, Role.MANAGER)
    assert staff.press(person, "erase", reason=person.email).status_code == 404
    assert staff.press(staff.user, "erase", reason=staff.user.email).status_code == 403


@pytest.mark.parametrize("step", ["deactivate", "staff", "erase"])
def test_what_is_dangerous_to_others_takes_a_recent_sign_in(
    boss: Staff, person: User, step: str
) -> None:
    boss.session.update(authenticated_at=timezone.now() - timedelta(minutes=11))
    assert boss.press(person, step).context["title"] == "Is it you?"
    assert boss.get(password_page(person)).context["title"] == "Is it you?"
    assert boss.get(ADD).context["title"] == "Is it you?"
    assert now(person).version == person.version


def test_who_has_no_password_sets_a_first_one_after_a_recent_sign_in(project: Project) -> None:
    staff = Staff.of(project, Role.VIEWER)
    staff.user.set_unusable_password()
    staff.user.save()
    staff = Staff(staff.user)
    new = {name: value for name, value in OLD_AND_NEW.items() if name != "old_password"}
    assert "old_password" not in staff.get(password_page(staff.user)).content.decode()
    staff.save(password_page(staff.user), **new)
    assert now(staff.user).check_password("something else entirely")
    assert staff.get(reverse("admin:index")).status_code == 200
