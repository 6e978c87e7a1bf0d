"""Sign in at an OpenID Connect provider: send somebody there, and let them in when they are back.

A `state` is good once and for ten minutes. Whose account it is tells the provider's issuer and
subject; at the first time a verified e-mail does. A second factor of ours is still asked for:
what a provider asked is not known here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from config.api.problems import Problem
from config.api.throttling import address
from users.emails import require_ascii
from users.errors import (
    AccountExists,
    AccountInactive,
    EmailTaken,
    InvalidChallenge,
    InvalidMember,
    InvalidState,
    NoStaff,
    ProviderEmailUnverified,
    ProviderRefused,
    RegistrationClosed,
    SecondFactorRequired,
)
from users.models import ExternalIdentity, LoginSession, OidcAttempt, SignInMethod, User
from users.services import second_factors, sign_ins
from users.services.accounts import create_user
from users.services.credentials import Attempt, user_agent
from users.services.events import record_fact
from users.services.identity_providers import (
    Claims,
    Provider,
    authorization_url,
    claims_for,
    provider_named,
)
from users.token_format import digest

ATTEMPT_LASTS = timedelta(minutes=10)
CHALLENGE_SECONDS = 300
_SALT = "users.oidc.challenge"
_MAX_SUBJECT = 255
_MAX_EMAIL = 254
_MAX_NAME = 200


@dataclass(frozen=True)
class Departure:
    """Where to send somebody, and the `state` with which they come back."""

    authorization_url: str
    state: str


class Arrival(NamedTuple):
    """What somebody comes back with."""

    state: str
    code: str
    iss: str


def own_callback() -> str:
    """Return the address of our own page to which providers lead back: the admin's."""
    return f"{settings.SITE_URL}{reverse('oidc-callback')}"


def depart(*, provider: str, redirect_uri: str) -> Departure:
    """Begin a sign-in of a front end; raises InvalidMember, ProviderUnavailable."""
    if redirect_uri not in settings.OIDC_REDIRECT_URIS:
        raise InvalidMember("/redirect_uri", "unknown", "It is none of OIDC_REDIRECT_URIS.")
    return _depart(provider_named(provider), redirect_uri)


def depart_for_admin(*, provider: str) -> Departure:
    """Begin a sign-in to the admin; raises InvalidMember, ProviderUnavailable."""
    return _depart(provider_named(provider), own_callback())


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


# There


def _depart(provider: Provider, redirect_uri: str) -> Departure:
    state = secrets.token_urlsafe(32)
    attempt = OidcAttempt(
        state_digest=digest(state),
        provider=provider.name,
        nonce=secrets.token_urlsafe(32),
        code_verifier=secrets.token_urlsafe(48),
        redirect_uri=redirect_uri,
    )
    url = authorization_url(provider, attempt, state)  # for which the provider may be asked
    _keep(attempt)
    return Departure(url, state)


@transaction.atomic
def _keep(attempt: OidcAttempt) -> None:
    OidcAttempt.objects.filter(created_at__lt=timezone.now() - ATTEMPT_LASTS).delete()
    attempt.save(force_insert=True)


# Back


def _identified(request: HttpRequest, came: Arrival, *, for_admin: bool) -> User:
    """Return whose sign-in it is; failures are logged, outside of any transaction."""
    tried = Attempt(request, "")  # counts by address; nobody guesses a state
    try:
        attempt = _spent(came.state, for_admin=for_admin)
        provider = provider_named(attempt.provider)
        if came.iss and came.iss != provider.issuer:  # RFC 9207
            raise ProviderRefused("It is not the provider that was asked; begin again.")
        claims = claims_for(provider, attempt, came.code)
        tried.user = _account(provider, claims, for_admin=for_admin)
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


@transaction.atomic
def _spent(state: str, *, for_admin: bool) -> OidcAttempt:
    """Return what a state was given for, for the first who comes back with it."""
    awaited = OidcAttempt.objects.filter(created_at__gt=timezone.now() - ATTEMPT_LASTS)
    attempt = awaited.select_for_update().filter(state_digest=digest(state)).first()
    # What was begun at the admin's door ends there, where a cookie tells whose browser began it.
    if attempt is None or (attempt.redirect_uri == own_callback()) is not for_admin:
        raise InvalidState("It was used before, is older than ten minutes, or was never given.")
    attempt.delete()
    return attempt


def _account(provider: Provider, claims: Claims, *, for_admin: bool) -> User:
    """Return whose account it is, linked or made at the first time."""
    subject = _text(claims["sub"], _MAX_SUBJECT)
    if not subject:
        raise ProviderRefused("It does not tell who you are.")
    try:
        known = _known(provider, subject)
        return known or _linked(provider, subject, claims, for_admin=for_admin)
    except (EmailTaken, IntegrityError):  # somebody came twice at once, and the other was first
        known = _known(provider, subject)
        return known or _linked(provider, subject, claims, for_admin=for_admin)


def _known(provider: Provider, subject: str) -> User | None:
    identities = ExternalIdentity.objects.select_related("user")
    identity = identities.filter(issuer=provider.issuer, subject=subject).first()
    return identity.user if identity else None


@transaction.atomic
def _linked(provider: Provider, subject: str, claims: Claims, *, for_admin: bool) -> User:
    email = _verified_email(claims)
    user: User | None = User.objects.filter(email__iexact=email).first()
    if user is None:
        if for_admin:
            raise NoStaff("Ask an administrator for an account.")
        user = _new(email, _text(claims.get("name"), _MAX_NAME))
    elif user.email_verified_at is None:
        # Whoever made it may not be whose address it is; they would share it from now on.
        raise AccountExists("Sign in with its password and verify the e-mail first.")
    _require_entry(user, for_admin=for_admin)
    ExternalIdentity.objects.create(user=user, issuer=provider.issuer, subject=subject)
    record_fact(
        actor=user,
        action="user.identity_linked",
        target_type="user",
        target_id=user.pk,
        told={"provider": provider.name, "issuer": provider.issuer, "subject": subject},
    )
    return user


def _new(email: str, name: str) -> User:
    if settings.REGISTRATION != "open":
        raise RegistrationClosed("Ask an administrator for an account.")
    return create_user(
        actor=None, email=email, password=None, name=name, email_verified_at=timezone.now()
    )


def _verified_email(claims: Claims) -> str:
    email = _text(claims.get("email"), _MAX_EMAIL)
    try:
        validate_email(email)
        require_ascii(email)
    except ValidationError as error:
        raise ProviderEmailUnverified("It tells no e-mail of yours.") from error
    if claims.get("email_verified") is not True:
        raise ProviderEmailUnverified("Verify your e-mail there, then begin again.")
    return email


def _text(claim: Any, length: int) -> str:
    """Return a claim that is a line of text; what is not, or is too long, is taken for none."""
    is_line = isinstance(claim, str) and claim.isprintable() and len(claim) <= length
    return claim if is_line else ""


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
