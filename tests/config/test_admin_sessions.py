"""The door of the admin: signing in, how long that holds, and being asked again."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from documents.models import Document, Project, Role
from tests.client import Client
from tests.factories import PASSWORD, DocumentFactory, UserFactory
from tests.staff import Staff, address_of, messages_on, page
from users.models import Event, LoginSession, SessionKind, User

LOGIN = reverse("admin:login")
HOME = reverse("admin:index")
ACCOUNT = reverse("admin:account")


@pytest.fixture
def staff(project: Project) -> Staff:
    return Staff.of(project, Role.MANAGER)


@pytest.fixture
def document(project: Project) -> Document:
    made: Document = DocumentFactory.create(project=project)
    return made


def sign_in(user: User, password: str = PASSWORD, onward: str = "", **environ: Any) -> Any:
    """Sign in by the page, in a new browser; return the answer with that browser."""
    browser = Browser(**environ)
    browser.get(LOGIN)
    sent = {"username": user.email, "password": password, "next": onward}
    response: Any = browser.post(LOGIN, sent)
    response.browser = browser
    return response


def is_out(response: Any, why: str) -> None:
    """Hold that an answer leads to the page to sign in, which says why."""
    assert response.status_code == 302
    assert response.url.startswith(f"{LOGIN}?next=")
    assert why in messages_on(response.client.get(response.url))[0]


def move(staff: Staff, **times: Any) -> None:
    """Move a sign-in in time."""
    staff.session.update(**times)


def ago(**time: float) -> Any:
    return timezone.now() - timedelta(**time)


# Signing in


def test_signing_in_opens_a_sign_in_of_the_admin(staff: Staff) -> None:
    response = sign_in(staff.user, HTTP_USER_AGENT="Firefox", REMOTE_ADDR="192.0.2.7")
    assert (response.status_code, response.url) == (302, HOME)
    opened = LoginSession.objects.latest("id")
    assert (opened.user, opened.kind, opened.address) == (
        staff.user,
        SessionKind.ADMIN,
        "192.0.2.7",
    )
    assert opened.user_agent == "Firefox"
    lasts = timedelta(seconds=site_settings.SESSION_COOKIE_AGE)
    assert abs(opened.expires_at - timezone.now() - lasts) < timedelta(minutes=1)
    assert Event.objects.filter(action="sign_in.succeeded", target_id=staff.user.pk).exists()


def test_the_page_leads_on_to_where_one_was_going(staff: Staff, document: Document) -> None:
    assert sign_in(staff.user, onward=page(document)).url == page(document)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_the_page_leads_to_no_other_site(staff: Staff, elsewhere: str) -> None:
    assert sign_in(staff.user, onward=elsewhere).url == HOME


def test_who_is_signed_in_already_is_led_on(staff: Staff) -> None:
    response = staff.get(LOGIN)
    assert (response.status_code, response.url) == (302, HOME)


def test_signing_in_changes_the_id_of_the_session(staff: Staff) -> None:
    before = staff.http.cookies[site_settings.SESSION_COOKIE_NAME].value
    staff.save(LOGIN, username=staff.user.email, password=PASSWORD)
    assert staff.http.cookies[site_settings.SESSION_COOKIE_NAME].value != before


def test_signing_in_again_ends_the_sign_in_before(staff: Staff) -> None:
    before = staff.http.session["login_session"]
    staff.save(LOGIN, username=staff.user.email, password=PASSWORD)
    assert LoginSession.objects.get(pk=before).ended_at
    assert staff.get(HOME).status_code == 200


def test_a_wrong_password_is_told_and_logged(staff: Staff) -> None:
    response = sign_in(staff.user, "wrong")
    assert response.status_code == 200
    assert "The e-mail or the password is wrong." in response.content.decode()
    assert "wrong" not in re.sub(r"is wrong", "", response.content.decode())
    assert Event.objects.filter(action="sign_in.failed", target_id=staff.user.pk).exists()


def test_who_is_no_staff_is_told_so_and_stays_out(db: None) -> None:
    person = UserFactory.create()
    response = sign_in(person)
    assert "The account may not enter the admin." in response.content.decode()
    assert not LoginSession.objects.filter(user=person).exists()
    assert response.browser.get(HOME).status_code == 302


def test_the_page_itself_says_that_there_were_too_many_tries(
    staff: Staff, settings: Settings
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_account": "1/m"}
    sign_in(staff.user, "wrong", REMOTE_ADDR="192.0.2.7")
    response = sign_in(staff.user, REMOTE_ADDR="192.0.2.7")
    assert (response.status_code, "Retry-After" in response.headers) == (429, True)
    assert "The rate limit is used up." in response.content.decode()
    assert 'name="password"' in response.content.decode()


def test_the_page_offers_providers_and_a_new_password(settings: Settings, db: None) -> None:
    settings.OIDC_PROVIDERS = {"acme": {"title": "Acme"}, "plain": {}}
    shown = Browser().get(f"{LOGIN}?next=/admin/users/user/").content.decode()
    assert reverse("account-forgot") in shown
    assert "Log in with Acme" in shown
    assert "Log in with plain" in shown
    assert shown.count('name="next" value="/admin/users/user/"') == 3


def test_signing_out_ends_the_sign_in_itself(staff: Staff) -> None:
    key, session = staff.http.cookies["session"].value, staff.session.get()
    staff.save(reverse("admin:logout"))
    session.refresh_from_db()
    assert session.ended_at
    thief = Browser()
    thief.cookies["session"] = key
    assert thief.get(HOME).status_code == 302


def test_looking_at_the_way_out_does_not_sign_out(staff: Staff) -> None:
    assert staff.get(reverse("admin:logout")).status_code == 405
    assert staff.get(HOME).status_code == 200


# How long it holds


def test_it_ends_when_nothing_is_done(staff: Staff, settings: Settings) -> None:
    move(staff, seen_at=ago(minutes=29))
    assert staff.get(HOME).status_code == 200
    move(staff, seen_at=ago(minutes=31))
    is_out(staff.get(HOME), "Nothing was done for 30 minutes")
    assert staff.get(HOME).status_code == 302


def test_using_it_keeps_it(staff: Staff) -> None:
    move(staff, seen_at=ago(minutes=29))
    staff.get(HOME)
    assert timezone.now() - staff.session.get().seen_at < timedelta(minutes=1)


def test_it_ends_whatever_is_done(staff: Staff) -> None:
    move(staff, expires_at=ago(seconds=1))
    is_out(staff.get(HOME), "A sign-in lasts 12 hours.")


def test_using_it_does_not_make_it_last_longer(staff: Staff) -> None:
    before = staff.session.get().expires_at
    staff.get(HOME)
    staff.get(ACCOUNT)
    assert staff.session.get().expires_at == before


def test_it_ends_when_it_is_ended_elsewhere(staff: Staff) -> None:
    move(staff, ended_at=timezone.now())
    is_out(staff.get(HOME), "Your sign-in was ended.")


def test_it_ends_with_the_rights_and_passwords_of_its_user(staff: Staff) -> None:
    User.objects.filter(pk=staff.user.pk).update(token_version=2)
    is_out(staff.get(HOME), "Your sign-in was ended.")


def test_its_version_is_held_against_the_users(staff: Staff) -> None:
    move(staff, token_version=7)
    is_out(staff.get(HOME), "Your sign-in was ended.")


def test_a_session_without_a_sign_in_is_nobodys(staff: Staff) -> None:
    browser: Any = Browser()
    browser.force_login(staff.user)
    is_out(browser.get(HOME), "Your sign-in was ended.")


def test_a_sign_in_of_the_api_opens_no_session(staff: Staff) -> None:
    Client.of(staff.user)
    of_api = LoginSession.objects.get(user=staff.user, kind=SessionKind.API)
    session = staff.http.session
    session["login_session"] = str(of_api.pk)
    session.save()
    is_out(staff.get(HOME), "Your sign-in was ended.")


def test_anothers_sign_in_opens_no_session(staff: Staff) -> None:
    session = staff.http.session
    session["login_session"] = str(Staff.superuser().session.get().pk)
    session.save()
    is_out(staff.get(HOME), "Your sign-in was ended.")


def test_a_first_visit_is_told_of_no_end(db: None) -> None:
    response: Any = Browser().get(HOME)
    assert response.status_code == 302
    assert messages_on(response.client.get(response.url)) == []


# Being asked again


def carried(response: Any) -> dict[str, str]:
    """Return what the page that asks sends on: its hidden fields."""
    assert response.status_code == 200, response
    assert response.context["title"] == "Is it you?"
    found = re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)"', response.content.decode()
    )
    sent = {name: html.unescape(value) for name, value in found}
    del sent["csrfmiddlewaretoken"]
    return sent


def test_what_is_dangerous_asks_who_has_not_shown_it_lately(
    staff: Staff, document: Document
) -> None:
    move(staff, authenticated_at=ago(minutes=11))
    asked = staff.press(document, "delete")
    assert carried(asked)["version"] == str(document.version)
    document.refresh_from_db()
    assert document.deleted_at is None


def test_the_right_password_goes_on_with_what_was_asked(staff: Staff, document: Document) -> None:
    move(staff, authenticated_at=ago(minutes=11))
    sent = carried(staff.press(document, "delete", back=page(document)))
    key = staff.http.cookies["session"].value
    response = staff.save(address_of(document, "delete"), **sent, identity_password=PASSWORD)
    assert (response.status_code, response.url) == (302, page(document))
    document.refresh_from_db()
    assert document.deleted_at
    assert staff.http.cookies["session"].value != key
    assert timezone.now() - staff.session.get().authenticated_at < timedelta(minutes=1)


def test_a_wrong_password_does_nothing_and_asks_again(staff: Staff, document: Document) -> None:
    move(staff, authenticated_at=ago(minutes=11))
    sent = carried(staff.press(document, "delete"))
    response = staff.save(address_of(document, "delete"), **sent, identity_password="wrong")
    assert carried(response) == sent
    assert "The current password is another one." in response.content.decode()
    document.refresh_from_db()
    assert document.deleted_at is None


def test_asking_again_is_limited_as_signing_in_is(
    staff: Staff, document: Document, settings: Settings
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"credentials_by_account": "1/m"}
    move(staff, authenticated_at=ago(minutes=11))
    address = address_of(document, "delete")
    staff.save(address, version=1, identity_password="wrong")
    response = staff.save(address, version=1, identity_password=PASSWORD)
    assert (response.status_code, "Retry-After" in response.headers) == (429, True)


def test_what_is_harmless_asks_nobody_again(staff: Staff, document: Document) -> None:
    staff.step(document, "delete")
    move(staff, authenticated_at=ago(hours=5))
    document.refresh_from_db()
    assert staff.press(document, "restore").status_code == 302
    document.refresh_from_db()
    assert document.deleted_at is None


def test_many_at_once_are_all_carried(staff: Staff, project: Project) -> None:
    documents = DocumentFactory.create_batch(3, project=project)
    move(staff, authenticated_at=ago(minutes=11))
    seen = [f"{one.pk}:{one.version}" for one in documents]
    listing = "documents_document"
    asked = staff.choose(listing, "delete", *documents, confirmed="yes", seen=seen)
    assert asked.content.decode().count('name="_selected_action"') == 3
    assert asked.content.decode().count('name="seen"') == 3
    staff.choose(
        listing, "delete", *documents, confirmed="yes", seen=seen, identity_password=PASSWORD
    )
    assert not Document.objects.live().filter(project=project).exists()


def test_a_password_typed_for_another_is_not_shown_again(project: Project) -> None:
    boss, person = Staff.superuser(), UserFactory.create()
    move(boss, authenticated_at=ago(minutes=11))
    address = reverse("admin:users_user_password", args=[person.pk])
    new = {"new_password1": "something else entirely", "new_password2": "something else entirely"}
    asked = boss.save(address, **new)
    assert "something else entirely" not in asked.content.decode()
    shown = boss.save(address, **carried(asked), identity_password=PASSWORD)
    assert "Set the password of" in shown.content.decode()


def test_a_page_that_asks_when_it_is_looked_at_is_shown_afterwards(staff: Staff) -> None:
    address = reverse("admin:users_accesstoken_add")
    move(staff, authenticated_at=ago(minutes=11))
    sent = carried(staff.get(address))
    assert sent["identity_for"] == "GET"
    response = staff.save(address, identity_for="GET", identity_password=PASSWORD)
    assert (response.status_code, response.url) == (302, address)
    assert "A new access token" in staff.get(address).content.decode()
    twice = staff.save(address, identity_for="GET", identity_password=PASSWORD)
    assert (twice.status_code, twice.url) == (302, address)


def test_who_has_no_password_signs_in_again_and_is_shown_what_they_sent(
    staff: Staff, document: Document, settings: Settings
) -> None:
    settings.OIDC_PROVIDERS = {"acme": {"title": "Acme"}}
    staff.user.set_unusable_password()
    staff.user.save()
    staff = Staff(staff.user)
    move(staff, authenticated_at=ago(minutes=11))
    sent = {"version": document.version}
    came = f"http://testserver{page(document)}"
    asked = staff.http.post(address_of(document, "delete"), sent, headers={"referer": came})
    shown = asked.content.decode()
    assert "You have no password here." in shown
    assert 'name="identity_password"' not in shown
    assert 'name="next" value="/admin/account/kept/' in shown
    address = reverse("admin:users_accesstoken_add")
    assert f'name="next" value="{address}"' in staff.get(address).content.decode()


# One's own sign-ins


def test_ones_own_sign_ins_are_listed_of_api_and_admin_alike(staff: Staff) -> None:
    Client.of(staff.user)
    Staff.superuser()
    shown = staff.get(ACCOUNT).context["sign_ins"]
    assert {one.kind for one in shown} == {"api", "admin"}
    assert {one.user for one in shown} == {staff.user}
    assert "this one" in staff.get(ACCOUNT).content.decode()


def test_one_of_them_is_ended(staff: Staff) -> None:
    api = Client.of(staff.user)
    other = LoginSession.objects.get(user=staff.user, kind=SessionKind.API)
    response = staff.save(reverse("admin:end_sign_in", args=[other.pk]))
    assert staff.messages_after(response) == ["That sign-in has ended."]
    assert api.get("/users/me").status_code == 401
    assert staff.get(HOME).status_code == 200


def test_nobody_ends_anothers(staff: Staff) -> None:
    boss = Staff.superuser()
    address = reverse("admin:end_sign_in", args=[boss.session.get().pk])
    assert staff.save(address).status_code == 404
    assert boss.get(HOME).status_code == 200
    assert boss.get(reverse("admin:end_sign_ins")).status_code == 405


def test_all_of_them_are_ended_at_once(staff: Staff) -> None:
    api, elsewhere = Client.of(staff.user), Staff(staff.user)
    is_out(staff.http.get(staff.save(reverse("admin:end_sign_ins")).url), "Your sign-in was ended.")
    assert api.get("/users/me").status_code == 401
    assert elsewhere.get(HOME).status_code == 302


def test_every_page_leads_to_ones_own_account(staff: Staff) -> None:
    assert f'href="{ACCOUNT}"' in staff.get(HOME).content.decode()
