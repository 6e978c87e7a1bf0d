"""Sign in, refresh, sign out: each sign-in is a family of tokens that ends as one.

A refresh token is good once (RFC 9700, section 4.14.2): the family's row names the one that is
still good and is locked while it is exchanged, so of many simultaneous uses one wins; the others
are replays, and a replay ends the family.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import authenticate
from django.contrib.auth.models import update_last_login
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from users.errors import InvalidCredentials, InvalidRefreshToken
from users.models import LoginSession, User


@dataclass(frozen=True)
class TokenPair:
    """What a client holds after signing in; `expires_in` is the access token's life in seconds."""

    access: str
    refresh: str
    expires_in: int


@transaction.atomic
def sign_in(*, request: HttpRequest, email: str, password: str) -> TokenPair:
    """Open a new family of tokens; raises InvalidCredentials."""
    user = authenticate(request, username=email.strip(), password=password)
    if not isinstance(user, User):
        raise InvalidCredentials("The e-mail or the password is wrong.")
    update_last_login(User, user)
    return open_session(user=user, user_agent=request.headers.get("User-Agent", ""))


def open_session(*, user: User, user_agent: str) -> TokenPair:
    """Open a new family of tokens for somebody who has shown who they are."""
    return _issue(LoginSession(user=user, user_agent=user_agent[:200]))


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
        return None
    return _issue(session)


def is_good(session: LoginSession, claims: Any) -> bool:
    """Return whether tokens with these claims still hold: not ended, user active, same version."""
    user = session.user
    return session.ended_at is None and user.is_active and user.token_version == claims.get("ver")


def sign_out(*, session_id: UUID) -> None:
    """End a family of tokens; ending it again is harmless."""
    LoginSession.objects.filter(pk=session_id, ended_at=None).update(ended_at=timezone.now())


def _end(session: LoginSession) -> None:
    session.ended_at = timezone.now()
    session.save(update_fields=["ended_at"])


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
    token["ver"] = session.user.token_version
    return token
