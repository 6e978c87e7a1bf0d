"""Second factors: an app's one-time codes, and recovery codes for whoever has lost the app.

A code is good once: its person's row is locked while it is taken, an app's code must be of a later
step than the last one that was, and a recovery code is spent with its use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from config.api.problems import TooManyRequests
from config.api.throttling import Usage, give_back
from users import one_time_codes
from users.errors import (
    InvalidSecondFactor,
    SecondFactorEnabled,
    SecondFactorMissing,
    SecondFactorRequired,
    WrongSecondFactor,
)
from users.models import Authenticator, LoginSession, RecoveryCode, User
from users.sealing import seal
from users.services.codes import step_of
from users.services.credentials import Attempt
from users.services.events import record_fact
from users.services.reauthentication import reauthenticate


@dataclass(frozen=True)
class Status:
    """Whether an account has a second factor, and how many recovery codes are left."""

    enabled: bool
    confirmed_at: datetime | None
    recovery_codes_left: int


@dataclass(frozen=True)
class Setup:
    """What an app is set up with; shown once."""

    secret: str
    uri: str


def is_enabled(user: User) -> bool:
    """Return whether somebody signs in with a second factor."""
    return Authenticator.objects.filter(user=user).exclude(confirmed_at=None).exists()


def status_of(user: User) -> Status:
    """Return what somebody may know of their second factor."""
    confirmed = Authenticator.objects.filter(user=user).exclude(confirmed_at=None)
    at = confirmed.values_list("confirmed_at", flat=True).first()
    left = RecoveryCode.objects.filter(user=user, used_at=None).count()
    return Status(enabled=at is not None, confirmed_at=at, recovery_codes_left=left)


def show(attempt: Attempt, user: User, code: str) -> None:
    """Take the code that goes with a right password.

    Raises SecondFactorRequired without one, InvalidSecondFactor, TooManyRequests, Unavailable.
    """
    if not code:
        raise SecondFactorRequired("Send `code`: six digits of the app, or a recovery code.")
    if not _is_shown(attempt, user, code):
        raise InvalidSecondFactor("Wait for the app's next code, or send a recovery code.")


def begin(
    *, request: HttpRequest, user: User, session: LoginSession, password: str | None
) -> Setup:
    """Start to set up an app; nothing changes for the account until a code of the app confirms it.

    Raises SecondFactorEnabled, and what `reauthenticate` raises.
    """
    reauthenticate(request=request, user=user, session=session, password=password)
    secret = one_time_codes.new_secret()
    _keep_unconfirmed(user, secret)
    return Setup(secret, one_time_codes.uri_of(secret, user.email))


@transaction.atomic
def confirm(*, user: User, session: LoginSession, code: str) -> list[str]:
    """Enable the app with its first code and return recovery codes, which nobody sees again.

    The sign-in at hand counts as one with a second factor. Raises SecondFactorMissing,
    SecondFactorEnabled, WrongSecondFactor.
    """
    authenticator = _locked(user)
    if authenticator is None:
        raise SecondFactorMissing("Begin to set one up.")
    if authenticator.confirmed_at:
        raise SecondFactorEnabled("Its first code was taken before.")
    if not _takes(authenticator, code):
        raise WrongSecondFactor("Send the six digits that the app shows now.")
    authenticator.confirmed_at = timezone.now()
    authenticator.save(update_fields=["confirmed_at"])
    LoginSession.objects.filter(pk=session.pk).update(has_second_factor=True)
    _record(user, "second_factor.enabled")
    return _new_recovery_codes(user)


def renew_recovery_codes(*, request: HttpRequest, user: User, code: str) -> list[str]:
    """Return new recovery codes in the place of all others; the code may be one of those.

    Raises SecondFactorMissing, WrongSecondFactor, TooManyRequests, Unavailable.
    """
    _ask_again(request, user, code)
    return _renewed(user)


def disable(
    *, request: HttpRequest, user: User, session: LoginSession, password: str | None, code: str
) -> None:
    """Sign in without a second factor from now on.

    Raises SecondFactorMissing, WrongSecondFactor, and what `reauthenticate` raises.
    """
    reauthenticate(request=request, user=user, session=session, password=password)
    _ask_again(request, user, code)
    remove(actor=user, user=user)


@transaction.atomic
def remove(*, actor: User, user: User) -> None:
    """Take the second factor away, also from who has lost app and codes; harmless without one."""
    _locked(user)
    removed, _ = Authenticator.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    # Who must have a second factor is asked to set one up at once.
    LoginSession.objects.filter(user=user).update(has_second_factor=False)
    if removed:
        _record(user, "second_factor.disabled", actor=actor)


@transaction.atomic
def take(*, user: User, code: str) -> bool:
    """Return whether a code is good, and spend it."""
    authenticator = _locked(user)
    if authenticator is None or not authenticator.confirmed_at:
        return False
    if one_time_codes.is_of_app(code):
        return _takes(authenticator, code)
    return _spends(user, code)


def _is_shown(attempt: Attempt, user: User, code: str) -> bool:
    usage = _counted(attempt, code)
    if take(user=user, code=code):
        give_back(usage)
        return True
    attempt.fail("second_factor")
    return False


def _counted(attempt: Attempt, code: str) -> Usage | None:
    """Count a code of somebody who has shown the first factor.

    Raises TooManyRequests, which tells nothing of the code: right or wrong takes the same steps.
    """
    try:
        return attempt.count("second_factor")
    except TooManyRequests:
        attempt.offer_way_in(is_owner=attempt.has_code(code))
        raise


def _ask_again(request: HttpRequest, user: User, code: str) -> None:
    if not is_enabled(user):
        raise SecondFactorMissing("Set one up first.")
    if not _is_shown(Attempt(request, user.email), user, code):
        raise WrongSecondFactor("Wait for the app's next code, or send a recovery code.")


@transaction.atomic
def _keep_unconfirmed(user: User, secret: str) -> None:
    authenticator = _locked(user)
    if authenticator and authenticator.confirmed_at:
        raise SecondFactorEnabled("Disable it before you set up another.")
    Authenticator.objects.update_or_create(
        user=user, defaults={"sealed_secret": seal(secret), "last_step": 0}
    )


@transaction.atomic
def _renewed(user: User) -> list[str]:
    _locked(user)
    _record(user, "second_factor.renewed")
    return _new_recovery_codes(user)


def _locked(user: User) -> Authenticator | None:
    """Lock the person, for there may be no row below them to lock, and return their app's row."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    return Authenticator.objects.filter(user=user).first()


def _takes(authenticator: Authenticator, code: str) -> bool:
    """Return whether an app's code is good, and spend it; the row is locked."""
    step = step_of(authenticator, code)
    if step is None:
        return False
    authenticator.last_step = step
    authenticator.save(update_fields=["last_step"])
    return True


def _spends(user: User, code: str) -> bool:
    codes = RecoveryCode.objects.filter(user=user, used_at=None)
    spent = codes.filter(digest=one_time_codes.digest_of(code)).update(used_at=timezone.now())
    if spent:
        _record(user, "second_factor.used_recovery_code", left=codes.count())
    return bool(spent)


def _new_recovery_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = one_time_codes.new_recovery_codes()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=one_time_codes.digest_of(code)) for code in codes
    )
    return codes


def _record(user: User, action: str, actor: User | None = None, **told: int) -> None:
    who = actor or user
    record_fact(actor=who, action=action, target_type="user", target_id=user.pk, told=told)
