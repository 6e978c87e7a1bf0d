"""Have somebody who is signed in show again who they are, before what cannot be taken back."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from users.errors import InvalidMember, RecentSignInRequired, WrongPassword
from users.models import LoginSession, User
from users.services.credentials import confirm_password

POINTER = "/current_password"


def reauthenticate(
    *, request: HttpRequest, user: User, session: LoginSession, password: str | None
) -> None:
    """Ask for the password, or without one for a recent sign-in.

    Raises InvalidMember, RecentSignInRequired; and TooManyRequests and Unavailable, for tries are
    counted with those to sign in. Not within a transaction that the refusal undoes: what failed is
    logged.
    """
    if not user.has_usable_password():
        return require_recent_sign_in(session)
    if password is None:
        raise InvalidMember(POINTER, "required", "This field is required.")
    try:
        return confirm_password(request=request, user=user, password=password)
    except WrongPassword as error:
        refusal = InvalidMember(POINTER, WrongPassword.code, "This is not your password.")
        refusal.is_recorded = error.is_recorded
        raise refusal from error


def require_recent_sign_in(session: LoginSession) -> None:
    """Raise RecentSignInRequired unless it is one of the last minutes."""
    if timezone.now() - session.authenticated_at > settings.RECENT_SIGN_IN:
        minutes = int(settings.RECENT_SIGN_IN.total_seconds() // 60)
        raise RecentSignInRequired(f"Sign in again; then there are {minutes} minutes for this.")
