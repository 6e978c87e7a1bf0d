"""Set a new password: knowing the old one, or by a link that was mailed."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from users import passwords
from users.confirmations import Purpose, redeem
from users.errors import InvalidMember
from users.models import LoginSession, SignInMethod, User
from users.services import access_tokens
from users.services.accounts import save_changes, set_password
from users.services.known_addresses import forget_addresses, trust_address
from users.services.mailing import MailKind, mail, mail_whoever_has
from users.services.sign_ins import TokenPair, open_session


@transaction.atomic
def ask_reset(*, email: str) -> None:
    """Mail whose e-mail this is a link to set a new password; says nothing to nobody."""
    mail_whoever_has(email, MailKind.RESET)


@transaction.atomic
def reset(*, token: str, password: str, address: str) -> User:
    """Set a password by a mailed link; every token and session ends, access tokens too.

    Who got the mail has shown that the e-mail is theirs, and the address from which they came,
    which is the only one that is known as theirs then. Raises InvalidConfirmation, InvalidMember.
    """
    user, _ = redeem(Purpose.RESET, token)
    _require_fit(password, user)
    user.set_password(password)
    changes = {
        "email_verified_at": user.email_verified_at or timezone.now(),
        "token_version": user.token_version + 1,
    }
    access_tokens.revoke_all(actor=user, user=user)
    forget_addresses(user=user, but=address)
    trust_address(user=user, address=address)
    mail(MailKind.PASSWORD_CHANGED, user)
    return save_changes(user, "user.password_reset", user, changes)


@transaction.atomic
def change(*, user: User, session: LoginSession, password: str, address: str) -> TokenPair:
    """Set one's own password; every sign-in and access token ends.

    A new sign-in takes the place of this one; its address is the only one that stays known.
    Raises InvalidMember.
    """
    _require_fit(password, user)
    mail(MailKind.PASSWORD_CHANGED, user)
    changed = set_password(actor=user, user=user, password=password, address=address)
    return open_session(
        user=changed,
        user_agent=session.user_agent,
        address=address,
        method=SignInMethod(session.method),
        has_second_factor=session.has_second_factor,
    )


def _require_fit(password: str, user: User) -> None:
    try:
        passwords.validate(password, user)
    except ValidationError as error:
        raise InvalidMember("/password", "invalid", *error.messages) from error
