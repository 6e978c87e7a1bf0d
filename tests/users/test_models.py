"""What rows of people, their log and their kept answers hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.factories import UserFactory
from users.models import Event, ExternalIdentity, KeptAnswer, LoginSession, OidcAttempt, User
from users.services.events import record
from users.tasks import forget_old_answers, forget_old_sign_ins

pytestmark = pytest.mark.django_db


def test_a_person_is_called_by_name_or_else_by_e_mail() -> None:
    ada = UserFactory.create(name="Ada", email="ada@example.org")
    assert (str(ada), ada.get_short_name()) == ("Ada", "Ada")
    ada.name = ""
    assert str(ada) == "ada@example.org"


def test_an_e_mail_is_one_persons_in_any_letter_case() -> None:
    UserFactory.create(email="ada@example.org")
    with pytest.raises(IntegrityError, match="user_email_unique_in_any_case"), transaction.atomic():
        UserFactory.create(email="ADA@example.org")


def test_sign_ins_elsewhere_are_called_by_where_they_are() -> None:
    ada = ExternalIdentity(issuer="https://id.example", subject="ada")
    assert str(ada) == "ada at https://id.example"
    begun = OidcAttempt(provider="acme", created_at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
    assert str(begun) == "at acme since 2026-11-23 09:30:00"


def test_without_a_password_nobody_signs_in() -> None:
    assert not User.objects.create_user("ada@example.org").has_usable_password()


def test_the_command_line_makes_superusers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse battery")
    call_command("createsuperuser", "--noinput", email="ada@example.org", verbosity=0)
    ada = User.objects.get()
    assert (ada.is_staff, ada.is_superuser) == (True, True)
    assert ada.check_password("correct horse battery")


def test_ids_are_uuids_in_order_of_creation() -> None:
    people = UserFactory.create_batch(20)
    ids = [person.pk for person in people]
    assert {one.version for one in ids} == {7}
    assert ids == sorted(ids)


def test_an_event_tells_what_changed_and_under_which_transaction() -> None:
    ada = UserFactory.create()
    with transaction.atomic():
        record(actor=None, action="user.tested", target=ada, before={"name": "x"})
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            (current,) = cursor.fetchone()
    event = Event.objects.get()
    assert (event.actor, event.action, event.project_id) == (None, "user.tested", None)
    assert (event.target_type, event.target_id) == ("user", ada.pk)
    assert event.before == {"name": "x"}
    assert event.after is not None
    assert event.after["email"] == ada.email
    assert not re.search("password", str(event.after))
    assert (event.request_id, event.transaction) == ("-", current)
    assert str(event) == f"user.tested {ada.pk}"


@pytest.mark.django_db(transaction=True)
def test_an_event_belongs_to_the_transaction_of_its_change() -> None:
    with pytest.raises(AssertionError, match="belongs to the transaction of its change"):
        record(actor=None, action="user.tested", target=UserFactory.create())


def test_answers_are_kept_for_a_week() -> None:
    ada = UserFactory.create()
    for key, age in (("new", timedelta(days=6, hours=23)), ("old", timedelta(days=7, hours=1))):
        kept = KeptAnswer.objects.create(user=ada, key=key, request_digest="x")
        KeptAnswer.objects.filter(pk=kept.pk).update(created_at=timezone.now() - age)
    forget_old_answers()
    (left,) = KeptAnswer.objects.all()
    assert str(left) == "new"


def test_sign_ins_are_forgotten_ninety_days_after_their_end() -> None:
    ada, now = UserFactory.create(), timezone.now()
    for address, age in (("192.0.2.1", timedelta(days=89)), ("192.0.2.2", timedelta(days=91))):
        LoginSession.objects.create(user=ada, address=address, expires_at=now - age)
    for key, end in (("open", now + timedelta(hours=1)), ("over", now - timedelta(hours=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=end)
    forget_old_sign_ins()
    assert [kept.address for kept in LoginSession.objects.all()] == ["192.0.2.1"]
    assert [kept.session_key for kept in Session.objects.all()] == ["open"]
