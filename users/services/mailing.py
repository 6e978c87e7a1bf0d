"""Have mails sent by a worker, once the change that they tell of is kept.

Whoever asks for a mail to an address learns nothing of it: known or not, there is one look-up and
one message to the worker, which finds out whether there is anything to send.
"""

from __future__ import annotations

from uuid import UUID, uuid4

from users.confirmations import state_of
from users.mails import MailKind
from users.models import User
from users.sealing import seal
from users.tasks import send_mail

__all__ = ["MailKind", "mail", "mail_whoever_has"]
EARNED = frozenset({MailKind.NEW_EMAIL, MailKind.TRUST_ADDRESS})


def mail(kind: MailKind, user: User, email: str = "", about: str = "") -> None:
    """Have a mail sent to somebody, at another e-mail if one is given; `about` is what it names.

    A link that takes the password to ask for is good for nothing once there is another password,
    however late the mail is.
    """
    _send(kind, user.pk, email, about, _state(kind, user))


def mail_whoever_has(email: str, kind: MailKind) -> None:
    """Have a mail sent to whose e-mail this is, if it is anybody's."""
    people = User.objects.exclude(email="").filter(email__iexact=email.strip())
    known = people.values_list("pk", flat=True).first()
    _send(kind, known or uuid4())


def mail_nobody(kind: MailKind = MailKind.KNOWN, about: str = "") -> None:
    """Send the worker a message that leads to no mail, as costly as one that does."""
    _send(kind, uuid4(), about=about, state=_state(kind, User()))


def _state(kind: MailKind, user: User) -> str:
    return state_of(user) if kind in EARNED else ""


def _send(kind: MailKind, user_id: UUID, email: str = "", about: str = "", state: str = "") -> None:
    sealed = [seal(text) if text else "" for text in (email, about)]
    send_mail.delay_on_commit(str(kind), str(user_id), *sealed, state)  # type: ignore[attr-defined]
