"""The browser sessions of the admin: each is one sign-in, which ends as its row says."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from users.admin.asking import user_of
from users.models import LoginSession, SessionKind, User
from users.services import sign_ins

KEY = "login_session"
BACKEND = "django.contrib.auth.backends.ModelBackend"
ENDED = "Your sign-in was ended. Please sign in again."


def begin(request: HttpRequest, session: LoginSession) -> None:
    """Tie the browser to a sign-in, under a new session id."""
    login(request, session.user, backend=BACKEND)
    request.session.cycle_key()  # which Django does not for whoever was signed in already
    request.session[KEY] = str(session.pk)


def session_of(request: HttpRequest) -> LoginSession | None:
    """Return the sign-in that the request belongs to."""
    own = LoginSession.objects.visible_to(user_of(request)).filter(kind=SessionKind.ADMIN)
    rows = own.select_related("user").filter(pk=request.session.get(KEY))
    found: LoginSession | None = rows.first()
    return found


def end(request: HttpRequest) -> None:
    """End the sign-in that the request belongs to, if it does to one."""
    session = session_of(request) if request.user.is_authenticated else None
    if session:
        sign_ins.end_session(actor=session.user, session=session)


def refusal(request: HttpRequest) -> HttpResponse | None:
    """Return the way to the page to sign in, which says why, unless the sign-in still holds."""
    if not request.user.is_authenticated:
        # Django has emptied the session of whose rights or password are others now.
        had_one = settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.is_empty()
        return lead_out(request, ENDED) if had_one else None
    session = session_of(request)
    why = why_ended(session, user_of(request)) if session else ENDED
    if session is None or why:
        return lead_out(request, why)
    sign_ins.touch(session)
    user_of(request).session = session
    return None


def why_ended(session: LoginSession, user: User) -> str:
    """Return the sentence that tells why the sign-in holds no longer, "" if it does."""
    now = timezone.now()
    if session.ended_at or session.token_version != user.token_version:
        return ENDED
    if session.expires_at <= now:
        hours = settings.SESSION_COOKIE_AGE // 3600
        return f"A sign-in lasts {hours} hours. Please sign in again."
    if now - session.seen_at > settings.ADMIN_IDLE:
        minutes = int(settings.ADMIN_IDLE.total_seconds()) // 60
        return f"Nothing was done for {minutes} minutes, so you were signed out."
    return ""


def lead_out(request: HttpRequest, why: str) -> HttpResponse:
    """Sign the browser out, and lead to the page to sign in, which says why."""
    logout(request)
    messages.warning(request, why)
    return redirect_to_login(request.get_full_path(), reverse("admin:login"))
