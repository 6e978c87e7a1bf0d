"""Links that are mailed: signed, good once and for a while.

A link is tied to the account as it was when the mail was sent: to its e-mail, whether that was
confirmed, its password and its tokens' version. What most links do changes one of these, hence
ends them and every other link of the account. Nothing of that can be read in the link itself.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from users.errors import InvalidConfirmation
from users.models import User
from users.sealing import seal, unseal


class Purpose(StrEnum):
    """What a link is for."""

    VERIFY = "verify"
    RESET = "reset"
    CHANGE_EMAIL = "email"
    TRUST_ADDRESS = "address"


LIFETIMES = {
    Purpose.VERIFY: timedelta(hours=24),
    Purpose.RESET: timedelta(hours=1),
    Purpose.CHANGE_EMAIL: timedelta(hours=24),
    Purpose.TRUST_ADDRESS: timedelta(minutes=30),
}


def issue(purpose: Purpose, user: User, carried: str = "") -> str:
    """Return a token for a link; `carried` is the e-mail or the address that it is about."""
    content = [str(user.pk), state_of(user), seal(carried)]
    return signing.dumps(content, salt=f"postil.{purpose}")


def redeem(purpose: Purpose, token: str) -> tuple[User, str]:
    """Return the account that a token is for, under lock, and what the token carries.

    Raises InvalidConfirmation. Whoever calls it changes the account, which spends the token, or
    tells otherwise that it was used.
    """
    try:
        user_id, state, sealed = signing.loads(
            token, salt=f"postil.{purpose}", max_age=LIFETIMES[purpose]
        )
    except signing.BadSignature as error:
        raise InvalidConfirmation("Ask for a new one.") from error
    user = User.objects.select_for_update().filter(pk=user_id, is_active=True).first()
    if user is None or not constant_time_compare(state_of(user), state):
        raise InvalidConfirmation("Ask for a new one.")
    return user, unseal(sealed)


def state_of(user: User) -> str:
    """Return what is another once an account's e-mail, password or tokens' version is."""
    held = (user.email, user.email_verified_at, user.password, user.token_version)
    return salted_hmac("users.confirmations", repr(held), algorithm="sha256").hexdigest()[:32]
