"""The mails that people get: plain text, made and sent by a worker."""

from __future__ import annotations

import logging
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from users import confirmations
from users.confirmations import Purpose
from users.models import User

logger = logging.getLogger(__name__)


class MailKind(StrEnum):
    """What a mail is about; its template has the same name."""

    VERIFY = "verify"
    CHOOSE_PASSWORD = "choose_password"  # noqa: S105 - a template's name
    KNOWN = "known"
    RESET = "reset"
    NEW_EMAIL = "new_email"
    EMAIL_CHANGING = "email_changing"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a template's name


# What the link in a mail does, if there is one; the pages have the purposes' names.
LINKS = {
    MailKind.VERIFY: Purpose.VERIFY,
    MailKind.CHOOSE_PASSWORD: Purpose.RESET,
    MailKind.RESET: Purpose.RESET,
    MailKind.NEW_EMAIL: Purpose.CHANGE_EMAIL,
}


def send(kind: MailKind, user_id: UUID, email: str = "") -> bool:
    """Send a mail to an active person, at another address if one is given.

    Returns False when it could not be sent now. No address and no link is ever logged.
    """
    user = User.objects.filter(pk=user_id, is_active=True, is_service=False).first()
    fitting = _fitting(kind, user) if user else None
    if user is None or fitting is None:
        return True
    subject, _, body = _text(fitting, user, email).partition("\n\n")
    try:
        EmailMessage(subject.strip(), body, to=[email or user.email]).send()
    except OSError as error:  # which all errors of smtplib are
        logger.error("A mail (%s) was not sent: %s", fitting, type(error).__name__)
        return False
    return True


def _fitting(kind: MailKind, user: User) -> MailKind | None:
    """Return which mail fits the account as it is by now; None for none."""
    if kind is not MailKind.VERIFY:
        return kind
    if user.email_verified_at:
        return None
    return kind if user.has_usable_password() else MailKind.CHOOSE_PASSWORD


def _text(kind: MailKind, user: User, email: str) -> str:
    pages = f"{settings.FRONTEND_URL or settings.SITE_URL}/account"
    context = {"site": settings.SITE_URL, "forgot": f"{pages}/forgot"}
    if purpose := LINKS.get(kind):
        context["link"] = f"{pages}/{purpose}/{confirmations.issue(purpose, user, email)}"
        context["hours"] = str(int(confirmations.LIFETIMES[purpose].total_seconds() // 3600))
    return render_to_string(f"mail/{kind}.txt", context)
