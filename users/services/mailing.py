"""Have mails sent by a worker, once the change that they tell of is kept.

Whoever asks for a mail to an address learns nothing of it: known or not, there is one look-up and
one message to the worker, which finds out whether there is anything to send.
"""

from __future__ import annotations

from uuid import UUID, uuid4

from users.mails import MailKind
from users.models import User
from users.sealing import seal
from users.tasks import send_mail

__all__ = ["MailKind", "mail", "mail_whoever_has"]


def mail(kind: MailKind, user: User, email: str = "") -> None:
    """Have a mail sent to somebody, at another address if one is given."""
    _send(kind, user.pk, seal(email) if email else "")


def mail_whoever_has(email: str, kind: MailKind) -> None:
    """Have a mail sent to whose e-mail this is, if it is anybody's."""
    people = User.objects.exclude(email="").filter(email__iexact=email.strip())
    known = people.values_list("pk", flat=True).first()
    _send(kind, known or uuid4(), "")


def mail_nobody() -> None:
    """Send the worker a message that leads to no mail, as costly as one that does."""
    _send(MailKind.KNOWN, uuid4(), "")


def _send(kind: MailKind, user_id: UUID, sealed_email: str) -> None:
    send_mail.delay_on_commit(str(kind), str(user_id), sealed_email)  # type: ignore[attr-defined]
