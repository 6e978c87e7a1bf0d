"""Hold a password or a code against an account, and count the tries.

Guesses are limited by address and by account. So that a stranger who guesses at an account does
not lock its owner out, each address from which its owner has signed in before has a limit of its
own, and all other addresses share one. What was right is not counted. Accounts that are not there
are counted, looked up and hashed for alike.

Beyond the limit of an account every password is refused alike, right or wrong. It is hashed
nevertheless, and whoever was right is mailed a link that lets them in from where they are. The
steps taken, and hence the time, are the same in either case. More work than before is not to be
had by that: the limit of an address comes first, and at new accounts each of its tries costs one
hash, too.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from config.api.problems import TooManyRequests
from config.api.throttling import Usage, address, count, give_back, is_first
from users.errors import EmailUnverified, InvalidCredentials, WrongPassword
from users.models import LoginSession, User
from users.passwords import normalised
from users.services import codes, known_addresses
from users.services.events import record_fact

WAY_IN = "If it was right and you are new at this address, a mail tells how to go on."


class Attempt:
    """One try to show who one is: for whose account, from where, and under which count."""

    def __init__(self, request: HttpRequest, email: str) -> None:
        """Look the account up; raises TooManyRequests for the address, Unavailable."""
        self.request = request
        self.address = address(request)
        count("credentials_by_address", self.address)
        self.email = email.strip()
        people = User.objects.exclude(email="").filter(email__iexact=self.email)
        self.user: User | None = people.annotate(is_known_here=_seen_at(self.address)).first()
        self.caller = self._caller()

    def count(self, limit: str) -> Usage | None:
        """Count it against a limit of the account; raises TooManyRequests, Unavailable."""
        try:
            return count(limit, self.caller)
        except TooManyRequests as refusal:
            if is_first(limit, self.caller):
                self.record("sign_in.limited", limit=limit)
            refusal.is_recorded = True  # as is the mail that may follow
            if settings.EMAIL_IS_SENT:
                refusal.detail = f"{refusal.detail} {WAY_IN}"
            raise

    def has_password(self, password: str) -> bool:
        """Return whether it is the account's; takes as long where there is no account."""
        if self.user is None:
            make_password(password)
            return False
        return self.user.check_password(password)

    def matches(self, password: str) -> bool:
        """Return the same, and change nothing: a right one does not have its hash renewed."""
        if self.user is None:
            return self.has_password(password)
        return check_password(normalised(password), self.user.password)

    def has_code(self, code: str) -> bool:
        """Return whether a code would be taken with the password; none is spent.

        Without one nothing wrong was given. Otherwise the steps are the same for every account.
        """
        return not code or codes.is_good_of(self.user, code)

    def offer_way_in(self, *, is_owner: bool) -> None:
        """Mail a link that makes the address known, or do as much in vain.

        It goes to the owner of an account that may be used, when it was they.
        """
        user = self.user if is_owner else None
        if user and (user.must_verify_email or not user.is_active or _is_known_here(user)):
            user = None
        known_addresses.offer(user=user, address=self.address)

    def fail(self, reason: str) -> None:
        """Log that it failed; not within a transaction that the refusal undoes.

        One that a request with an Idempotency-Key may meet is a Problem that `is_recorded`.
        """
        self.record("sign_in.failed", reason=reason)

    def record(self, action: str, **told: Any) -> None:
        """Log what became of it. Nobody is its actor: whoever it was has not shown who they are."""
        record_fact(
            actor=None,
            action=action,
            target_type="user" if self.user else "unknown_account",
            target_id=self.user.pk if self.user else id_of_unknown(self.email),
            told={"address": self.address, "user_agent": user_agent(self.request), **told},
        )

    def _caller(self) -> str:
        """Return under which name guesses are counted: the account's, or its and the address's."""
        if self.user is None:
            return self.email.lower()
        own = f"{self.user.pk}\n{self.address}"
        return own if _is_known_here(self.user) else str(self.user.pk)


def _seen_at(address: str) -> Exists:
    """Return the condition that an account's owner has signed in from an address lately."""
    return Exists(LoginSession.objects.known_at(address).filter(user=OuterRef("pk")))


def _is_known_here(user: User) -> bool:
    """Return whether its owner is known where the attempt comes from that has found it."""
    is_known: bool = user.is_known_here  # type: ignore[attr-defined]
    return is_known


def user_agent(request: HttpRequest) -> str:
    """Return what the client calls itself, cut to what is kept."""
    return request.headers.get("User-Agent", "").replace("\x00", "")[:200]


def password_shown(attempt: Attempt, password: str, code: str = "") -> User:
    """Return whose password it is; raises InvalidCredentials, EmailUnverified, TooManyRequests.

    Beyond the limit a wrong `code` with it is wrong, too; else it is left to who asks for it.
    """
    usage = _counted(attempt, password, code)
    is_right, user = attempt.has_password(password), attempt.user
    if user is None or not is_right or not user.is_active:
        attempt.fail("inactive" if is_right else "password")
        raise InvalidCredentials("The e-mail or the password is wrong.")
    if user.must_verify_email:
        attempt.fail("unverified")
        raise EmailUnverified("Follow the link that was mailed to you, or have it sent again.")
    give_back(usage)
    return user


def confirm_password(*, request: HttpRequest, user: User, password: str) -> None:
    """Ask somebody who is signed in for their password again; raises WrongPassword.

    It counts with the tries to sign in, so raises TooManyRequests and Unavailable too.
    """
    attempt = Attempt(request, user.email)
    usage = _counted(attempt, password, code="")
    if not attempt.has_password(password):
        attempt.fail("password")
        raise WrongPassword("Try again.")
    give_back(usage)


def _counted(attempt: Attempt, password: str, code: str) -> Usage | None:
    """Count a try at a password; raises TooManyRequests, which tells nothing of what was given."""
    try:
        return attempt.count("credentials_by_account")
    except TooManyRequests:
        is_right, has_code = attempt.matches(password), attempt.has_code(code)
        attempt.offer_way_in(is_owner=is_right and has_code)
        raise


def id_of_unknown(email: str) -> UUID:
    """Return by which id tries at one unknown e-mail are grouped; it does not tell what was typed.

    Keyed, because people type passwords into the wrong field, and those are guessed from a hash.
    """
    digest = salted_hmac("users.unknown_account", email.upper(), algorithm="sha256").digest()
    return UUID(bytes=digest[:16], version=5)
