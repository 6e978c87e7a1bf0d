"""Sign in at an OpenID Connect provider: send somebody there, and let them in when they are back.

Whose account it is tells the provider's issuer and subject; at the first time a verified e-mail
does. A second factor of ours is still asked for: what a provider asked is not known here.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from config.api.problems import Problem
from config.api.throttling import address
from users.emails import require_ascii
from users.errors import (
    AccountExists,
    AccountInactive,
    EmailTaken,
    InvalidChallenge,
    NoStaff,
    ProviderEmailUnverified,
    RegistrationClosed,
    SecondFactorRequired,
)
from users.models import LoginSession, SignInMethod, User
from users.services import oidc_attempts, second_factors, sign_ins
from users.services.accounts import create_user
from users.services.credentials import Attempt, user_agent
from users.services.identities import identity_of, link
from users.services.identity_providers import Claims
from users.services.mailing import MailKind, mail
from users.services.oidc_attempts import Arrival, Asserted, Departure, line_of

CHALLENGE_SECONDS = 300
_SALT = "users.oidc.challenge"
_MAX_EMAIL = 254
_MAX_NAME = 200


def depart(*, provider: str, redirect_uri: str) -> Departure:
    """Begin a sign-in of a front end; raises InvalidMember, ProviderUnavailable."""
    return oidc_attempts.begin_at_front_end(provider=provider, redirect_uri=redirect_uri)


def depart_for_admin(*, provider: str) -> Departure:
    """Begin a sign-in to the admin; raises InvalidMember, ProviderUnavailable."""
    return oidc_attempts.begin(provider=provider, redirect_uri=oidc_attempts.own_callback())


def arrive(*, request: HttpRequest, state: str, code: str, iss: str = "") -> sign_ins.TokenPair:
    """End a sign-in of a front end with tokens.

    Raises InvalidState, ProviderRefused, ProviderUnavailable, ProviderEmailUnverified,
    AccountExists, AccountInactive, RegistrationClosed, SecondFactorRequired (with a `challenge`
    for `answer_challenge`), TooManyRequests, Unavailable.
    """
    came = Arrival(state, code, iss)
    user = _identified(request, came, for_admin=False)
    return sign_ins.open_session(user=user, **_seen(request))


def arrive_in_admin(*, request: HttpRequest, state: str, code: str, iss: str = "") -> LoginSession:
    """End a sign-in to the admin; raises what `arrive` does, and NoStaff.

    Nobody's account is made at this door.
    """
    came = Arrival(state, code, iss)
    user = _identified(request, came, for_admin=True)
    return sign_ins.open_admin_session(user=user, **_seen(request))


def answer_challenge(*, request: HttpRequest, challenge: str, code: str) -> sign_ins.TokenPair:
    """Sign in with the second factor that `arrive` asked for.

    Raises InvalidChallenge, InvalidSecondFactor, TooManyRequests, Unavailable.
    """
    user = _challenged(request, challenge, code, for_admin=False)
    return sign_ins.open_session(user=user, has_second_factor=True, **_seen(request))


def answer_challenge_in_admin(*, request: HttpRequest, challenge: str, code: str) -> LoginSession:
    """Sign in to the admin with the second factor; raises what `answer_challenge` does."""
    user = _challenged(request, challenge, code, for_admin=True)
    return sign_ins.open_admin_session(user=user, has_second_factor=True, **_seen(request))


# Who it is


def _identified(request: HttpRequest, came: Arrival, *, for_admin: bool) -> User:
    """Return whose sign-in it is; failures are logged, outside of any transaction."""
    tried = Attempt(request, "")  # counts by address; nobody guesses a state
    try:
        asserted = oidc_attempts.end(came, for_admin=for_admin)
        tried.user = _account(asserted, for_admin=for_admin)
        _require_entry(tried.user, for_admin=for_admin)
    except Problem as refused:
        tried.record("sign_in.failed", reason=refused.code, method=SignInMethod.OIDC)
        raise
    _require_second_factor(tried.user)
    return tried.user


def _require_entry(user: User, *, for_admin: bool) -> None:
    if not user.is_active:
        raise AccountInactive("Ask an administrator.")
    if for_admin and not user.is_staff:
        raise NoStaff("Ask an administrator.")


def _account(asserted: Asserted, *, for_admin: bool) -> User:
    """Return whose account it is, linked or made at the first time."""
    try:
        return _known(asserted) or _linked(asserted, for_admin=for_admin)
    except (EmailTaken, IntegrityError):  # somebody came twice at once, and the other was first
        return _known(asserted) or _linked(asserted, for_admin=for_admin)


def _known(asserted: Asserted) -> User | None:
    identity = identity_of(asserted)
    return identity.user if identity else None


@transaction.atomic
def _linked(asserted: Asserted, *, for_admin: bool) -> User:
    email = _verified_email(asserted.claims)
    user: User | None = User.objects.filter(email__iexact=email).first()
    if user is None:
        if for_admin:
            raise NoStaff("Ask an administrator for an account.")
        user = _new(email, line_of(asserted.claims.get("name"), _MAX_NAME))
    elif user.email_verified_at is None:
        # Whoever made it may not be whose address it is; they would share it from now on.
        raise AccountExists("Sign in with its password and verify the e-mail first.")
    else:
        mail(MailKind.IDENTITY_LINKED, user, about=asserted.provider.title)
    _require_entry(user, for_admin=for_admin)
    link(user=user, asserted=asserted)
    return user


def _new(email: str, name: str) -> User:
    if settings.REGISTRATION != "open":
        raise RegistrationClosed("Ask an administrator for an account.")
    return create_user(
        actor=None, email=email, password=None, name=name, email_verified_at=timezone.now()
    )


def _verified_email(claims: Claims) -> str:
    email = line_of(claims.get("email"), _MAX_EMAIL)
    try:
        validate_email(email)
        require_ascii(email)
    except ValidationError as error:
        raise ProviderEmailUnverified("It tells no e-mail of yours.") from error
    if claims.get("email_verified") is not True:
        raise ProviderEmailUnverified("Verify your e-mail there, then begin again.")
    return email


# In


def _seen(request: HttpRequest) -> dict[str, Any]:
    return {
        "user_agent": user_agent(request),
        "address": address(request),
        "method": SignInMethod.OIDC,
    }


def _require_second_factor(user: User) -> None:
    if second_factors.is_enabled(user):
        told = {"user": str(user.pk), "version": user.token_version}
        challenge = signing.dumps(told, salt=_SALT)
        raise SecondFactorRequired("Send its code with the `challenge`.", challenge=challenge)


def _challenged(request: HttpRequest, challenge: str, code: str, *, for_admin: bool) -> User:
    try:
        told = signing.loads(challenge, salt=_SALT, max_age=CHALLENGE_SECONDS)
    except signing.BadSignature as error:
        raise InvalidChallenge("It is older than five minutes or not ours; begin again.") from error
    people = User.objects.filter(pk=told["user"], token_version=told["version"])
    user: User | None = people.first()
    if user is None:
        raise InvalidChallenge("The account has changed meanwhile; begin again.")
    _require_entry(user, for_admin=for_admin)
    second_factors.show(Attempt(request, user.email), user, code)
    return user
