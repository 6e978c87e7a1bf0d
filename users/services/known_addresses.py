"""The addresses from which an account's owner is known, and how another becomes one of them.

While strangers guess at an account, all addresses but the known ones are shut. Whoever gives the
right password at such a time is mailed a link, which makes the address that they came from known.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from config.api.throttling import is_within
from users.confirmations import Purpose, redeem
from users.errors import InvalidConfirmation
from users.models import LoginSession, User
from users.services.events import record_fact
from users.services.mailing import MailKind, mail, mail_nobody


def trust_address(*, user: User, address: str) -> None:
    """Know an address as its owner's from now on, for they have shown so there, e.g. by a mail.

    It is kept as a sign-in that ended as it began: guesses from elsewhere no longer count there.
    """
    now = timezone.now()
    LoginSession.objects.create(user=user, address=address, expires_at=now, ended_at=now)


def forget_addresses(*, user: User, but: str) -> None:
    """Know an account's owner at no address any more but that from which they ask for it.

    Whoever had stolen their password and signed in is known there, too. The log goes on telling
    from where that was.
    """
    LoginSession.objects.filter(user=user).exclude(address=but).update(address="")


def offer(*, user: User | None, address: str) -> None:
    """Mail somebody a link that makes an address known as theirs; for None do as much in vain.

    Nobody learns from the time which of both it was. The mails have a count of their own under
    `mail_by_account`: what strangers have sent, such as links to reset the password, uses none of
    it up.
    """
    is_mailed = is_within("mail_by_account", str(user.pk) if user else "nobody")
    if user and is_mailed:
        mail(MailKind.TRUST_ADDRESS, user, about=address)
    else:
        mail_nobody(MailKind.TRUST_ADDRESS, about=address)


@transaction.atomic
def trust(*, token: str) -> User:
    """Make an address known by the link that was mailed, once; raises InvalidConfirmation."""
    user, address = redeem(Purpose.TRUST_ADDRESS, token)
    if LoginSession.objects.filter(user=user).known_at(address).exists():
        raise InvalidConfirmation("The address is known by now: sign in there.")
    trust_address(user=user, address=address)
    record_fact(
        actor=user,
        action="sign_in.address_trusted",
        target_type="user",
        target_id=user.pk,
        told={"address": address},
    )
    return user
