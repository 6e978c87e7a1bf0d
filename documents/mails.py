"""The mails that projects send: plain text, made and sent by a worker."""

from __future__ import annotations

import logging
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from documents.models import Invitation, Role, Webhook
from users.models import User

logger = logging.getLogger(__name__)


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
    context = {"webhook": webhook, "project": _one_line(webhook.project.name)}
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
        "inviter": _one_line(str(invitation.invited_by)),
        "project": _one_line(invitation.project.name),
        "role": invitation.role,
        "site": settings.SITE_URL,
        "link": invitation_link(token),
        "expires_at": invitation.expires_at,
    }
    return render_to_string("mail/invitation.txt", context)


def _one_line(name: str) -> str:
    """Return a name that somebody chose so that it passes for no paragraph of ours."""
    return " ".join(name.split())
