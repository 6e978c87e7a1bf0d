"""There and back: send somebody to an OpenID Connect provider, and learn who they are there.

A `state` is good once, for ten minutes, and for what it was given for: to sign in to a front end,
to sign in to the admin, or for one person to link who they are at the provider.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from users.errors import InvalidMember, InvalidState, ProviderRefused
from users.models import OidcAttempt, User
from users.services.identity_providers import (
    Claims,
    Provider,
    authorization_url,
    claims_for,
    provider_named,
)
from users.token_format import digest

ATTEMPT_LASTS = timedelta(minutes=10)
_MAX_SUBJECT = 255


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


class Asserted(NamedTuple):
    """Who somebody is at a provider: `subject`, for good, and what else it tells of them."""

    provider: Provider
    subject: str
    claims: Claims


def own_callback() -> str:
    """Return the address of our own page to which providers lead back: the admin's."""
    return f"{settings.SITE_URL}{reverse('oidc-callback')}"


def begin_at_front_end(*, provider: str, redirect_uri: str, user: User | None = None) -> Departure:
    """Send somebody of a front end there, to sign in or (a user) to link who they are there.

    Raises InvalidMember, ProviderUnavailable.
    """
    if redirect_uri not in settings.OIDC_REDIRECT_URIS:
        raise InvalidMember("/redirect_uri", "unknown", "It is none of OIDC_REDIRECT_URIS.")
    return begin(provider=provider, redirect_uri=redirect_uri, user=user)


def begin(*, provider: str, redirect_uri: str, user: User | None = None) -> Departure:
    """Send somebody there; raises InvalidMember, ProviderUnavailable."""
    asked, state = provider_named(provider), secrets.token_urlsafe(32)
    attempt = OidcAttempt(
        state_digest=digest(state),
        provider=asked.name,
        nonce=secrets.token_urlsafe(32),
        code_verifier=secrets.token_urlsafe(48),
        redirect_uri=redirect_uri,
        user=user,
    )
    url = authorization_url(asked, attempt, state)  # for which the provider may be asked
    _keep(attempt)
    return Departure(url, state)


@transaction.atomic
def _keep(attempt: OidcAttempt) -> None:
    OidcAttempt.objects.filter(created_at__lt=timezone.now() - ATTEMPT_LASTS).delete()
    attempt.save(force_insert=True)


def end(came: Arrival, *, for_admin: bool = False, user: User | None = None) -> Asserted:
    """Return who came back; raises InvalidState, ProviderRefused, ProviderUnavailable."""
    attempt = _spent(came.state, for_admin=for_admin, user=user)
    provider = provider_named(attempt.provider)
    if came.iss and came.iss != provider.issuer:  # RFC 9207
        raise ProviderRefused("It is not the provider that was asked; begin again.")
    claims = claims_for(provider, attempt, came.code)
    subject = line_of(claims["sub"], _MAX_SUBJECT)
    if not subject:
        raise ProviderRefused("It does not tell who you are.")
    return Asserted(provider, subject, claims)


@transaction.atomic
def _spent(state: str, *, for_admin: bool, user: User | None) -> OidcAttempt:
    """Return what a state was given for, for the first who comes back with it."""
    awaited = OidcAttempt.objects.filter(created_at__gt=timezone.now() - ATTEMPT_LASTS)
    of_whom = awaited.select_for_update().filter(user=user)
    attempt: OidcAttempt | None = of_whom.filter(state_digest=digest(state)).first()
    # What was begun at the admin's door ends there, where a cookie tells whose browser began it.
    if attempt is None or (attempt.redirect_uri == own_callback()) is not for_admin:
        raise InvalidState("It was used before, is older than ten minutes, or was never given.")
    attempt.delete()
    return attempt


def line_of(claim: Any, length: int) -> str:
    """Return a claim that is a line of text; what is not, or is too long, is taken for none."""
    is_line = isinstance(claim, str) and claim.isprintable() and len(claim) <= length
    return claim if is_line else ""
