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
from users.models import LoginSession, User

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
    TRUST_ADDRESS = "trust_address"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"


# What the link in a mail does, if there is one; the pages have the purposes' names.
LINKS = {
    MailKind.VERIFY: Purpose.VERIFY,
    MailKind.CHOOSE_PASSWORD: Purpose.RESET,
    MailKind.RESET: Purpose.RESET,
    MailKind.NEW_EMAIL: Purpose.CHANGE_EMAIL,
    MailKind.TRUST_ADDRESS: Purpose.TRUST_ADDRESS,
}


def send(kind: MailKind, user_id: UUID, email: str = "", about: str = "", state: str = "") -> bool:
    """Send a mail to an active person, at another e-mail if one is given.

    `about` is what it names: the network address or the provider that it tells of. With a `state`
    (confirmations.state_of), it is sent to the account as it was then, or not at all. Returns
    False when it could not be sent now. No e-mail, no address and no link is ever logged.
    """
    user = User.objects.filter(pk=user_id, is_active=True, is_service=False).first()
    if user and state and confirmations.state_of(user) != state:
        return True
    fitting = _fitting(kind, user, about) if user else None
    if user is None or fitting is None:
        return True
    subject, _, body = _text(fitting, user, email, about).partition("\n\n")
    try:
        EmailMessage(subject.strip(), body, to=[email or user.email]).send()
    except OSError as error:  # which all errors of smtplib are
        logger.error("A mail (%s) was not sent: %s", fitting, type(error).__name__)
        return False
    return True


def _fitting(kind: MailKind, user: User, about: str) -> MailKind | None:
    """Return which mail fits the account as it is by now; None for none."""
    if kind is MailKind.TRUST_ADDRESS:
        is_known = LoginSession.objects.filter(user=user).known_at(about).exists()
        return None if is_known else kind
    if kind is not MailKind.VERIFY:
        return kind
    if user.email_verified_at:
        return None
    return kind if user.has_usable_password() else MailKind.CHOOSE_PASSWORD


def _text(kind: MailKind, user: User, email: str, about: str) -> str:
    pages = f"{settings.FRONTEND_URL or settings.SITE_URL}/account"
    context = {"site": settings.SITE_URL, "forgot": f"{pages}/forgot", "about": about}
    if purpose := LINKS.get(kind):
        context["link"] = f"{pages}/{purpose}/{confirmations.issue(purpose, user, email or about)}"
        seconds = int(confirmations.LIFETIMES[purpose].total_seconds())
        context |= {"hours": str(seconds // 3600), "minutes": str(seconds // 60)}
    return render_to_string(f"mail/{kind}.txt", context)
