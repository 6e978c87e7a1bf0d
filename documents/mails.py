"""The mails that invite to projects: plain text, made and sent by a worker."""

from __future__ import annotations

import logging
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from documents.models import Invitation

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
