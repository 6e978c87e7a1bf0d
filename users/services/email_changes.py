"""Change one's e-mail: by a link that is sent to the new one, where mail is sent."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from users.confirmations import Purpose, redeem
from users.errors import EmailTaken
from users.models import User
from users.services.accounts import save_changes
from users.services.mailing import MailKind, mail


@transaction.atomic
def ask_change(*, user: User, email: str, is_mailed: bool = True) -> None:
    """Mail the new address a link and the present one a notice; tells of neither who has it."""
    new = email.strip()
    taken = User.objects.exclude(email="").filter(email__iexact=new).exclude(pk=user.pk).first()
    if is_mailed:
        if taken:
            mail(MailKind.KNOWN, taken, new)
        else:
            mail(MailKind.NEW_EMAIL, user, new)
    mail(MailKind.EMAIL_CHANGING, user)


@transaction.atomic
def confirm_change(*, token: str) -> User:
    """Change the e-mail by the link that was sent to it; raises InvalidConfirmation, EmailTaken."""
    user, email = redeem(Purpose.CHANGE_EMAIL, token)
    return _changed(user, email, is_shown=True)


@transaction.atomic
def change(*, user: User, email: str) -> User:
    """Change one's e-mail at once, where none is confirmed; raises EmailTaken."""
    current: User = User.objects.select_for_update().get(pk=user.pk)
    return _changed(current, email.strip(), is_shown=False)


def _changed(user: User, email: str, *, is_shown: bool) -> User:
    changes = {"email": email, "email_verified_at": timezone.now() if is_shown else None}
    try:
        with transaction.atomic():
            return save_changes(user, "user.email_changed", user, changes)
    except IntegrityError as error:
        raise EmailTaken("Choose another.") from error
