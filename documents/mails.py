"""The mails that projects send: plain text, made and sent by a worker."""

from __future__ import annotations

import logging
import re
import unicodedata
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from config.api.problems import TooManyRequests
from config.api.throttling import count, mailbox
from documents.models import Invitation, Role, Webhook
from users.models import User

logger = logging.getLogger(__name__)
LONGEST_NAME = 80
INSTEAD = "Or leave the e-mail out, and pass the link on yourself."
_LINKED = re.compile(r"([.。．｡](?=[^\W\d_])|:(?=//))")  # noqa: RUF001 - dots of other scripts


def count_invitation(inviter: User, email: str) -> None:
    """Count an invitation that is to be mailed; raises TooManyRequests, Unavailable.

    A mailbox's limit is the same whoever invites and whether or not an account has the address:
    a refusal tells nothing but that it was invited often in the last hour.
    """
    try:
        count("invitations", str(inviter.pk))
        count("invitations_by_mailbox", mailbox(email))
    except TooManyRequests as refusal:
        refusal.detail = f"{refusal.detail} {INSTEAD}"
        raise


def invitation_link(token: str) -> str:
    """Return the address at which an invitation is taken up.

    The token stands behind the #, so that no server, proxy or log is told of it.
    """
    return f"{settings.FRONTEND_URL or settings.SITE_URL}/account/invitation#{token}"


def send_invitation(invitation_id: UUID, email: str, token: str) -> bool:
    """Send the link of an open invitation; False when it could not be sent now.

    No address and no link is ever logged.
    """
    rows = Invitation.objects.open().select_related("project", "invited_by")
    invitation = rows.filter(pk=invitation_id).first()
    if invitation is None:
        return True
    subject, _, body = _text(invitation, token).partition("\n\n")
    try:
        EmailMessage(subject.strip(), body, to=[email]).send()
    except OSError as error:  # which all errors of smtplib are
        logger.error("An invitation was not sent: %s", type(error).__name__)
        return False
    return True


def send_webhook_disabled(webhook_id: UUID) -> bool:
    """Tell a project's managers that a webhook was disabled; False when that cannot be sent now.

    Nothing is sent where it was enabled meanwhile, or where the site sends no mail.
    """
    rows = Webhook.objects.live().filter(pk=webhook_id, is_enabled=False)
    webhook = rows.select_related("project").first()
    if webhook is None or not settings.EMAIL_IS_SENT:
        return True
    people = User.objects.filter(is_active=True, is_service=False).exclude(email="")
    managers = people.filter(
        memberships__project=webhook.project_id, memberships__role=Role.MANAGER
    )
    context = {"webhook": webhook, "project": _harmless(webhook.project.name)}
    text = render_to_string("mail/webhook_disabled.txt", context | {"site": settings.SITE_URL})
    subject, _, body = text.partition("\n\n")
    try:  # nobody is told the others' addresses
        EmailMessage(
            subject.strip(), body, bcc=list(managers.values_list("email", flat=True))
        ).send()
    except OSError as error:
        logger.error("A mail of a webhook was not sent: %s", type(error).__name__)
        return False
    return True


def _text(invitation: Invitation, token: str) -> str:
    context = {
        "inviter": _harmless(invitation.invited_by.name) or invitation.invited_by.email,
        "project": _harmless(invitation.project.name),
        "role": invitation.role,
        "site": settings.SITE_URL,
        "link": invitation_link(token),
        "expires_at": invitation.expires_at,
    }
    return render_to_string("mail/invitation.txt", context)


def _harmless(name: str) -> str:
    """Return a name that somebody chose so that it passes for nothing of ours.

    It is one line and not long, has no signs that turn or hide others, ends no quotation, and
    mail programs make no link of it.
    """
    plain = " ".join(name.split()).translate(str.maketrans("“”„", "‘’‚"))  # noqa: RUF001 - quotes
    seen = "".join(sign for sign in plain if unicodedata.category(sign)[0] != "C")
    unlinked = _LINKED.sub(r"\1 ", seen)
    return unlinked if len(unlinked) <= LONGEST_NAME else f"{unlinked[: LONGEST_NAME - 1]}…"
