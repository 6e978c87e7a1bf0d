"""A link that lets in from a new address is mailed when all that was given was right."""

from __future__ import annotations

from functools import partial

import pytest
from pytest_django import Settings

from tests.clock import Clock, clock
from tests.factories import PASSWORD, UserFactory
from tests.users.conftest import Delivered
from tests.users.guessing import Steps, guess, shown, sign_in
from tests.users.oidc_provider import RECOVERY_CODE, with_second_factor
from users.models import Authenticator, RecoveryCode, User
from users.one_time_codes import STEP, code_at

__all__ = ["clock"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SECRET = "A" * 32
APP = "the app's"


def code_of(name: str, clock: Clock) -> str:
    """Return a code as it is at the time of the clock."""
    return code_at(SECRET, int(clock.now // STEP)) if name == APP else name


@pytest.mark.parametrize("limit", ["password", "second_factor"])
@pytest.mark.parametrize(
    ("given", "mails"),
    [(RECOVERY_CODE, 1), (APP, 1), ("000000", 0), ("abcd-efgh-ijkl-mnoq", 0), ("x", 0)],
    ids=["recovery code", "code", "wrong code", "wrong recovery code", "nonsense"],
)
def test_a_wrong_code_mails_nobody(
    ada: User, delivered: Delivered, clock: Clock, limit: str, given: str, mails: int
) -> None:
    with_second_factor(ada)
    if limit == "password":
        guess()
    else:
        guess(PASSWORD, code="000000")
    refused, sent = delivered(partial(sign_in, code=code_of(given, clock)))
    assert (refused.status_code, len(sent)) == (429, mails)
    _, sent = delivered(partial(sign_in, "a guess", code=code_of(given, clock)))
    assert sent == []


@pytest.mark.parametrize("given", [RECOVERY_CODE, APP])
def test_a_code_that_is_only_looked_at_is_not_spent(ada: User, clock: Clock, given: str) -> None:
    with_second_factor(ada)
    guess()
    assert sign_in(code=code_of(given, clock)).status_code == 429
    assert RecoveryCode.objects.filter(used_at=None).count() == 1
    assert Authenticator.objects.get().last_step == 0


@pytest.mark.parametrize("given", [RECOVERY_CODE, APP])
def test_a_code_that_was_spent_mails_nobody(
    ada: User, delivered: Delivered, clock: Clock, given: str
) -> None:
    with_second_factor(ada)
    assert sign_in(address="192.0.2.77", code=code_of(given, clock)).status_code == 200
    guess()
    _, sent = delivered(partial(sign_in, code=code_of(given, clock)))
    assert sent == []


def test_before_a_code_is_asked_for_the_password_suffices(ada: User, delivered: Delivered) -> None:
    with_second_factor(ada)
    guess()
    _, sent = delivered(sign_in)
    assert len(sent) == 1


def test_a_code_that_nobody_asked_for_is_no_matter(ada: User, delivered: Delivered) -> None:
    guess()
    _, sent = delivered(partial(sign_in, code="000000"))
    assert len(sent) == 1


def test_a_guesser_learns_nothing_of_codes(
    ada: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """Whether there is an account, a second factor, a right password or a right code."""
    steps = Steps(settings, monkeypatch)
    bea = UserFactory.create(email="bea@example.org")
    for user in (ada, bea):
        user.set_password(PASSWORD)
        user.save()
    with_second_factor(ada)
    emails = (ada.email, bea.email, "nobody@example.org")
    for email in emails:
        guess(email=email)
    sign_in(email="somebody@example.org")  # of the first request from an address more is kept
    tries = [
        partial(sign_in, password, email=email, code=code_of(code, clock))
        for email in emails
        for password in ("a guess", PASSWORD)
        for code in (RECOVERY_CODE, APP, "000000")
    ]
    seen = [steps.of(one) for one in tries]
    assert seen == seen[:1] * len(tries)
    taken, statements, hashed = seen[0]
    assert taken[-1][:2] == ("message", "trust_address")
    assert (len(statements), hashed) == (2, 1)
    answers = [shown(one()) for one in tries]
    assert answers == answers[:1] * len(tries)
