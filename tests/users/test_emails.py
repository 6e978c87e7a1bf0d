"""E-mails are ASCII wherever they come in, so that everything agrees which of them are one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.forms import BaseForm
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from documents.models import Invitation, Project, Role
from documents.services.invitations import invite
from tests.client import Client
from tests.factories import PASSWORD, MembershipFactory, UserFactory
from tests.staff import Staff
from tests.test_architecture import API
from tests.users.conftest import Delivered
from users.emails import TEXT, require_ascii
from users.models import User

pytestmark = pytest.mark.django_db
# Each of the first three is an ASCII address to some comparison that ignores letter case.
BEYOND_ASCII = [
    "\u212aim@example.org",
    "kim@stra\u00dfe.example",
    "kim@\ufb00.example",
    "kim@b\u00fccher.example",
    "k\u0131m@example.org",
]
each_beyond_ascii = pytest.mark.parametrize("email", BEYOND_ASCII)
ALIKE = ["kim@example.org", "kim@strasse.example", "kim@ff.example"]
OPEN_ROUTES = {
    "/auth/register": {"password": PASSWORD},
    "/auth/token": {"password": "a wrong guess"},
    "/auth/password-reset": {},
    "/auth/verify-email/resend": {},
}
each_open_route = pytest.mark.parametrize("route", OPEN_ROUTES)


@given(st.text())
def test_ascii_is_what_the_letters_say(text: str) -> None:
    if text.isascii() and text.isprintable():
        require_ascii(text)
    else:
        with pytest.raises(ValidationError, match="punycode"):
            require_ascii(text)


def told(response: Any) -> Any:
    """Return the faults of the e-mail that an answer names."""
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    faults = response.json()["errors"]
    assert {(fault["pointer"], fault["code"]) for fault in faults} == {("/email", "invalid")}
    return [fault["detail"] for fault in faults]


@each_beyond_ascii
@each_open_route
@pytest.mark.usefixtures("verifying")
def test_nobody_learns_by_other_letters_who_has_an_account(route: str, email: str) -> None:
    def ask() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            answer: list[str] = told(Client().post(route, {"email": email, **OPEN_ROUTES[route]}))
        assert not queries.captured_queries
        return answer

    without = ask()
    assert TEXT in without
    for known in ALIKE:
        UserFactory.create(email=known)
    assert ask() == without


@each_beyond_ascii
@pytest.mark.usefixtures("verifying")
def test_nobody_s_mails_are_suppressed_by_other_letters(email: str, delivered: Delivered) -> None:
    for known in ALIKE:
        UserFactory.create(email=known)
    for _ in range(6):
        Client().post("/auth/password-reset", {"email": email})
        Browser().post(reverse("account-forgot"), {"email": email})
    _, sent = delivered(
        lambda: [Client().post("/auth/password-reset", {"email": known}) for known in ALIKE]
    )
    assert [one.to for one in sent] == [[known] for known in ALIKE]


@each_beyond_ascii
def test_guesses_at_other_letters_count_for_nobody(email: str) -> None:
    for _ in range(12):
        Client().post("/auth/token", {"email": email, "password": "a wrong guess"})
    for known in ALIKE:
        UserFactory.create(email=known)
        sent = {"email": known, "password": PASSWORD}
        assert Client().post("/auth/token", sent).status_code == 200


def test_an_unknown_and_a_known_address_are_limited_in_the_same_letter_cases() -> None:
    UserFactory.create(email="kim@example.org")
    seen = []
    for known in ("kim@example.org", "nobody@example.org"):
        cache.clear()
        tries = [known, known.upper(), f" {known.title()} "] * 4
        sent = [{"email": one, "password": "a wrong guess"} for one in tries]
        seen.append([Client().post("/auth/token", one).status_code for one in sent])
    assert seen == [[401] * 10 + [429] * 2] * 2


@each_beyond_ascii
@pytest.mark.parametrize("is_verifying", [True, False])
def test_who_is_signed_in_changes_to_ascii_alone(
    settings: Any, email: str, is_verifying: bool
) -> None:
    settings.EMAIL_VERIFICATION = is_verifying
    user = UserFactory.create()
    sent = {"email": email, "current_password": PASSWORD}
    assert TEXT in told(Client.of(user).post("/users/me/email", sent))


@each_beyond_ascii
@pytest.mark.parametrize("kind", ["members", "invitations"])
def test_nobody_is_added_or_invited_by_other_letters(
    project: Project, email: str, kind: str
) -> None:
    manager = MembershipFactory.create(project=project, role=Role.MANAGER).user
    sent = {"email": email, "role": "viewer"}
    for known in (None, *ALIKE):
        if known:
            UserFactory.create(email=known)
        assert TEXT in told(Client.of(manager).post(f"/projects/{project.pk}/{kind}", sent))
    assert not Invitation.objects.exists()


@each_beyond_ascii
@pytest.mark.parametrize("is_verifying", [True, False])
def test_who_was_invited_registers_with_ascii(
    settings: Any, project: Project, email: str, is_verifying: bool
) -> None:
    settings.EMAIL_VERIFICATION = is_verifying
    manager = MembershipFactory.create(project=project, role=Role.MANAGER).user
    _, token = invite(actor=manager, project=project, role=Role.VIEWER)
    sent = {"token": token, "email": email, "password": PASSWORD}
    assert TEXT in told(Client().post("/invitations/register", sent))
    page = Browser().post(reverse("account-invitation"), sent)
    assert (page.status_code, page.context["form"].errors.keys()) == (422, {"email"})


@each_beyond_ascii
def test_pages_and_the_admin_say_so(project: Project, email: str) -> None:
    forgot = Browser().post(reverse("account-forgot"), {"email": email})
    assert (forgot.status_code, TEXT in forgot.context["form"].errors["email"]) == (422, True)
    door = Browser().post(
        reverse("admin:login"), {"username": email, "password": PASSWORD, "next": ""}
    )
    assert TEXT in door.context["form"].errors["username"]
    boss = Staff.superuser()
    fields = {"email": email, "password": PASSWORD, "project": str(project.pk), "role": "viewer"}
    for kind in ("users_user", "documents_membership", "documents_invitation"):
        saved = boss.save(reverse(f"admin:{kind}_add"), **fields, name="Kim", expires_in_days="7")
        assert TEXT in saved.context["adminform"].form.errors["email"], kind
    assert User.objects.count() == 1


@each_beyond_ascii
def test_the_command_line_says_so(monkeypatch: pytest.MonkeyPatch, email: str) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="punycode"):
        call_command("createsuperuser", "--noinput", email=email, verbosity=0)


@each_beyond_ascii
def test_the_database_holds_nothing_else(project: Project, email: str) -> None:
    with pytest.raises(IntegrityError, match="user_email_ascii"), transaction.atomic():
        UserFactory.create(email=email)
    manager = MembershipFactory.create(project=project, role=Role.MANAGER).user
    with pytest.raises(IntegrityError, match="invitation_email_ascii"), transaction.atomic():
        invite(actor=manager, project=project, role=Role.VIEWER, email=email)


@pytest.mark.parametrize(
    ("app", "model", "table"),
    [("users", "User", "users_user"), ("documents", "Invitation", "documents_invitation")],
)
def test_domains_of_older_rows_become_punycode(
    project: Project, app: str, model: str, table: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no check may wait for the commit
        name = f"{table.partition('_')[2]}_email_ascii"
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    manager = MembershipFactory.create(project=project, role=Role.MANAGER).user
    row: Any = manager
    if app == "documents":
        row, _ = invite(actor=manager, project=project, role=Role.VIEWER, email="a@example.org")
    rewrite = import_module(f"{app}.migrations.0005_ascii_emails").rewrite
    rows = apps.get_model(app, model).objects.filter(pk=row.pk)
    rows.update(email="kim@b\u00fccher.example")
    rewrite(apps, None)
    assert rows.get().email == "kim@xn--bcher-kva.example"
    rows.update(email="\u212aim@example.org")
    with pytest.raises(RuntimeError, match=str(row.pk)):
        rewrite(apps, None)


# Nothing that takes an e-mail goes without: the next form or body is found here.


def forms_of(kind: type[Any]) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        yield one
        yield from forms_of(one)


def fields_for_emails() -> Iterator[tuple[str, Callable[[str], Any]]]:
    views = {route.view for route in API}
    told = [view.input_serializers for view in views]
    bodies = {body for one in told if isinstance(one, dict) for body in one.values()}
    for body in bodies:
        for name, field in body().fields.items():
            if name == "email" or type(field).__name__ == "EmailField":
                yield f"{body.__name__}.{name}", field.run_validators
    for form in forms_of(BaseForm):
        if form.__module__.split(".")[0] in {"config", "users", "documents", "annotations"}:
            for name, field in form.base_fields.items():
                if type(field).__name__ == "EmailField":
                    yield f"{form.__name__}.{name}", field.run_validators


def test_every_field_for_an_e_mail_asks_for_ascii() -> None:
    found = dict(fields_for_emails())
    assert len(found) >= 10
    for run in found.values():
        with pytest.raises(Exception, match="punycode"):
            run("kim@b\u00fccher.example")
        run("kim@xn--bcher-kva.example")
