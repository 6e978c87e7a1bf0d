"""Sign in, refresh, sign out: each sign-in is a family of tokens that ends as one.

A refresh token is good once (RFC 9700, section 4.14.2): the family's row names the one that is
still good and is locked while it is exchanged, so of many simultaneous uses one wins; the others
are replays, and a replay ends the family.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import update_last_login
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from config.api import throttling
from users.errors import InvalidRefreshToken
from users.models import LoginSession, SessionKind, SignInMethod, User
from users.services import credentials, second_factors
from users.services.accounts import save_changes
from users.services.events import record_fact
from users.services.known_addresses import forget_addresses

SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Authenticated:
    """Who has shown who they are, and whether by a second factor too."""

    user: User
    has_second_factor: bool


@dataclass(frozen=True)
class TokenPair:
    """What a client holds after signing in; `expires_in` is the access token's life in seconds."""

    access: str
    refresh: str
    expires_in: int


def authenticate(
    *, request: HttpRequest, email: str, password: str, code: str = ""
) -> Authenticated:
    """Return who signs in, for the API and the admin alike; failures are logged.

    Raises InvalidCredentials, EmailUnverified; once the password is right SecondFactorRequired and
    InvalidSecondFactor; TooManyRequests and Unavailable. The failures stand outside of any
    transaction, so that the log keeps them.
    """
    attempt = credentials.Attempt(request, email)
    user = credentials.password_shown(attempt, password, code)
    has_second_factor = second_factors.is_enabled(user)
    if has_second_factor:
        second_factors.show(attempt, user, code)
    return Authenticated(user, has_second_factor)


def sign_in(*, request: HttpRequest, email: str, password: str, code: str = "") -> TokenPair:
    """Open a new family of tokens by a password; raises what `authenticate` raises."""
    shown = authenticate(request=request, email=email, password=password, code=code)
    return open_session(
        user=shown.user,
        user_agent=credentials.user_agent(request),
        address=throttling.address(request),
        has_second_factor=shown.has_second_factor,
    )


@transaction.atomic
def open_session(
    *,
    user: User,
    user_agent: str = "",
    address: str = "",
    method: SignInMethod = SignInMethod.PASSWORD,
    has_second_factor: bool = False,
) -> TokenPair:
    """Open a new family of tokens for somebody who has shown who they are."""
    session = _new(user, SessionKind.API, user_agent, address, method)
    session.has_second_factor = has_second_factor
    pair = _issue(session)
    _note_success(session)
    return pair


@transaction.atomic
def open_admin_session(
    *,
    user: User,
    user_agent: str = "",
    address: str = "",
    method: SignInMethod = SignInMethod.PASSWORD,
    has_second_factor: bool = False,
) -> LoginSession:
    """Open a sign-in to the admin, which has no tokens and ends with its cookie."""
    session = _new(user, SessionKind.ADMIN, user_agent, address, method)
    session.has_second_factor = has_second_factor
    session.expires_at = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    session.save()
    _note_success(session)
    return session


def refresh(*, token: str) -> TokenPair:
    """Exchange a refresh token for a new pair; raises InvalidRefreshToken."""
    try:
        claims = RefreshToken(token)  # type: ignore[arg-type]
    except TokenError as error:
        raise InvalidRefreshToken(str(error)) from error
    # Raised outside of the transaction: the end of a replayed family must be committed.
    if (pair := _exchange(claims)) is None:
        raise InvalidRefreshToken("It has ended or was used before; sign in again.")
    return pair


@transaction.atomic
def _exchange(claims: Token) -> TokenPair | None:
    session = (
        LoginSession.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=claims.get("sid"), ended_at=None)
        .first()
    )
    if session is None or not is_good(session, claims):
        return None
    if session.refresh_id != claims["jti"]:
        _end(session)
        _record(session, "sign_in.replayed", actor=None)
        return None
    return _issue(session)


def is_alive(session: LoginSession) -> bool:
    """Return whether a sign-in still holds: its user is active, and nothing has ended it."""
    is_over = session.ended_at is not None or session.expires_at <= timezone.now()
    user = session.user
    return not is_over and user.is_active and user.token_version == session.token_version


def is_good(session: LoginSession, claims: Any) -> bool:
    """Return whether tokens with these claims still hold: of a live sign-in, of its version."""
    return is_alive(session) and session.token_version == claims.get("ver")


def touch(session: LoginSession) -> None:
    """Note that a sign-in is in use, at most once a minute and without a lock."""
    now = timezone.now()
    if now - session.seen_at > SEEN_EVERY:
        LoginSession.objects.filter(pk=session.pk).update(seen_at=now)


@transaction.atomic
def end_session(*, actor: User, session: LoginSession) -> None:
    """End a sign-in with all its tokens; ending it again is harmless."""
    still_open = LoginSession.objects.filter(pk=session.pk, ended_at=None)
    if still_open.update(ended_at=timezone.now()):
        _record(session, "sign_in.ended", actor=actor)


@transaction.atomic
def end_all_sessions(*, actor: User, user: User, address: str = "") -> None:
    """End all sign-ins of a person; access tokens are none and stay.

    What was mailed to them is good for nothing then, and they are known at the address from which
    they ask for it alone: whoever signed in as them may have left either behind.
    """
    current: User = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    for session in LoginSession.objects.filter(user=user).live().select_for_update(of=("self",)):
        _end(session)
        _record(session, "sign_in.ended", actor=actor)
    forget_addresses(user=current, but=address)
    changes = {"token_version": current.token_version + 1}
    save_changes(actor, "user.signed_out", current, changes)


def _new(
    user: User, kind: SessionKind, user_agent: str, address: str, method: SignInMethod
) -> LoginSession:
    update_last_login(User, user)
    return LoginSession(
        user=user,
        kind=kind,
        method=method,
        user_agent=user_agent[:200],
        address=address,
        token_version=user.token_version,
    )


def _note_success(session: LoginSession) -> None:
    _record(session, "sign_in.succeeded", actor=session.user)


def _end(session: LoginSession) -> None:
    session.ended_at = timezone.now()
    session.save(update_fields=["ended_at"])


def _record(session: LoginSession, action: str, *, actor: User | None) -> None:
    told = {
        "session": str(session.pk),
        "kind": session.kind,
        "method": session.method,
        "address": session.address,
        "user_agent": session.user_agent,
    }
    record_fact(
        actor=actor, action=action, target_type="user", target_id=session.user_id, told=told
    )


def _issue(session: LoginSession) -> TokenPair:
    refresh_token = _with_claims(RefreshToken(), session)
    access_token = _with_claims(AccessToken(), session)
    session.refresh_id = refresh_token["jti"]
    session.seen_at = timezone.now()
    session.expires_at = datetime.fromtimestamp(refresh_token["exp"], tz=UTC)
    session.save()
    lifetime = int(AccessToken.lifetime.total_seconds())
    return TokenPair(str(access_token), str(refresh_token), lifetime)


def _with_claims(token: Token, session: LoginSession) -> Token:
    token["sub"] = str(session.user_id)
    token["sid"] = str(session.pk)
    token["ver"] = session.token_version
    return token
