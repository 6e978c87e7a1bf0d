"""Sign-ins to the admin: opened there, renewed before dangerous steps, kept over a new password."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from config.api.throttling import address
from users.errors import InvalidCredentials, NoStaff, WrongPassword
from users.models import LoginSession
from users.services import accounts, sign_ins
from users.services.credentials import user_agent
from users.services.mailing import MailKind, mail


def enter(*, request: HttpRequest, email: str, password: str, code: str = "") -> LoginSession:
    """Open a sign-in to the admin; raises NoStaff and what `authenticate` raises."""
    shown = sign_ins.authenticate(request=request, email=email, password=password, code=code)
    if not shown.user.is_staff:
        raise NoStaff("Ask an administrator.")
    return sign_ins.open_admin_session(
        user=shown.user,
        user_agent=user_agent(request),
        address=address(request),
        has_second_factor=shown.has_second_factor,
    )


def renew(*, request: HttpRequest, session: LoginSession, password: str, code: str) -> None:
    """Have somebody show again who they are; raises WrongPassword and as `authenticate` does."""
    try:
        shown = sign_ins.authenticate(
            request=request, email=session.user.email, password=password, code=code
        )
    except InvalidCredentials as error:
        raise WrongPassword("Try again.") from error
    LoginSession.objects.filter(pk=session.pk).update(
        authenticated_at=timezone.now(), has_second_factor=shown.has_second_factor
    )


@transaction.atomic
def change_password(*, request: HttpRequest, session: LoginSession, password: str) -> LoginSession:
    """Set one's own (validated) password; all sign-ins but this and all tokens end."""
    owner, here = session.user, address(request)
    user = accounts.set_password(actor=owner, user=owner, password=password, address=here)
    mail(MailKind.PASSWORD_CHANGED, user)
    kept = {"token_version": user.token_version, "address": here}
    LoginSession.objects.filter(pk=session.pk).update(**kept)
    session.user = user
    return session
