"""Housekeeping of what was kept for a while, and mails."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from users import mails
from users.models import KeptAnswer, LoginSession
from users.querysets import KNOWN_FOR
from users.sealing import unseal

ANSWERS_KEPT_FOR = timedelta(days=7)
SIGN_INS_KEPT_FOR = KNOWN_FOR  # no shorter than an address stays known by a sign-in


@shared_task(name="users.forget_old_answers")
def forget_old_answers() -> None:
    """Delete the answers kept for Idempotency-Keys that are older than a week."""
    KeptAnswer.objects.filter(created_at__lt=timezone.now() - ANSWERS_KEPT_FOR).delete()


@shared_task(name="users.forget_old_sign_ins")
def forget_old_sign_ins() -> None:
    """Delete the sign-ins that ended a good while ago, and browser sessions that are over."""
    LoginSession.objects.filter(expires_at__lt=timezone.now() - SIGN_INS_KEPT_FOR).delete()
    SessionStore.clear_expired()


@shared_task(name="users.send_mail", bind=True, max_retries=5)
def send_mail(
    self: Any,
    kind: str,
    user_id: str,
    sealed_email: str = "",
    sealed_about: str = "",
    state: str = "",
) -> None:
    """Send a mail, again after 1, 2, 4, 8 and 16 minutes where that fails."""
    email, about = (unseal(text) if text else "" for text in (sealed_email, sealed_about))
    # Its link is made here, so that the queue holds none.
    if not mails.send(mails.MailKind(kind), UUID(user_id), email, about, state):
        raise self.retry(countdown=60 * 2**self.request.retries)
