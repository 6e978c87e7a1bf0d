"""Make an account by one's own wish, and confirm its e-mail.

Where e-mails are confirmed, nobody learns by registering whether an address has an account: every
address costs the same one hash, statements and message to the worker, and gets its own mail.
"""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from users.confirmations import Purpose, redeem
from users.errors import RegistrationClosed
from users.models import User
from users.passwords import normalised
from users.services.accounts import create_user, save_changes
from users.services.events import record, record_fact
from users.services.known_addresses import trust_address
from users.services.mailing import MailKind, mail, mail_nobody, mail_whoever_has

CLOSED = {
    "invitation": "Accounts are by invitation here: ask a manager of your project for one.",
    "closed": "Ask an administrator for an account.",
}


def register(*, email: str, password: str, name: str = "") -> User:
    """Make an account that is good at once; raises RegistrationClosed, EmailTaken."""
    _require_open()
    return create_user(
        actor=None, email=email, password=password, name=name, email_verified_at=None
    )


def request_account(*, email: str, password: str, name: str = "", is_mailed: bool = True) -> None:
    """Ask for an account that is good once its e-mail is confirmed; raises RegistrationClosed.

    Asked for again before that, it has neither name nor password until whoever reads its mails
    chooses a password: of several people who gave the same address, only that tells whose it is.
    From then on asking changes nothing, so that no stranger ends the links that were mailed. What
    does change the account, which happens twice at most, is mailed over the limit, too.
    """
    _require_open()
    hashed = make_password(normalised(password))
    made = User(email=email.strip(), name=name, password=hashed)
    asked = _applied(made)
    if is_mailed or asked.has_changed:
        mail(asked.kind, asked.user)
    else:
        mail_nobody()


class _Asked(NamedTuple):
    """The account that was asked for, which mail it gets, and whether asking changed it."""

    user: User
    kind: MailKind
    has_changed: bool


@transaction.atomic
def _applied(made: User) -> _Asked:
    """Insert the account, or change the one that is there; every case takes these statements."""
    User.objects.bulk_create([made], ignore_conflicts=True)
    user: User = User.objects.select_for_update().get(email__iexact=made.email)
    before = user.snapshot()
    again = User.objects.filter(pk=user.pk, email_verified_at=None, is_active=True)
    again = again.exclude(pk=made.pk).exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    is_again = again.update(
        name="",
        password=make_password(None),
        version=F("version") + 1,
        updated_at=timezone.now(),
    )
    if is_again:
        user.name, user.version = "", user.version + 1
        record(actor=user, action="user.registered_again", target=user, before=before)
    elif user.pk == made.pk:
        record(actor=user, action="user.created", target=user)
    else:
        _record_known(user)
        return _Asked(user, _kind_for(user), has_changed=False)
    return _Asked(user, MailKind.VERIFY, has_changed=True)


def _kind_for(user: User) -> MailKind:
    is_open = user.email_verified_at is None and user.is_active
    return MailKind.VERIFY if is_open else MailKind.KNOWN


def _record_known(user: User) -> None:
    action = "user.registration_repeated"  # by whom, nobody knows
    record_fact(actor=None, action=action, target_type="user", target_id=user.pk, told={})


@transaction.atomic
def verify_email(*, token: str, address: str) -> User:
    """Confirm an e-mail by the link that was sent there; raises InvalidConfirmation.

    Who got the mail has shown the address from which they came as theirs, too.
    """
    user, _ = redeem(Purpose.VERIFY, token)
    trust_address(user=user, address=address)
    return save_changes(user, "user.email_verified", user, {"email_verified_at": timezone.now()})


@transaction.atomic
def resend_verification(*, email: str) -> None:
    """Send the link again to whom it is to confirm an account."""
    mail_whoever_has(email, MailKind.VERIFY)


def _require_open() -> None:
    if settings.REGISTRATION != "open":
        raise RegistrationClosed(CLOSED[settings.REGISTRATION])
