"""Make and change accounts."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from config.api.concurrency import Precondition
from users.errors import EmailTaken, OwnAccount
from users.models import User
from users.services import access_tokens, erasure
from users.services.events import record
from users.services.known_addresses import forget_addresses
from users.services.managers import memberships_to_end


@transaction.atomic
def create_user(*, actor: User | None, email: str, password: str | None, **fields: Any) -> User:
    """Make an account; raises EmailTaken. Without an actor the person did it themselves.

    The e-mail counts as confirmed, for whoever makes accounts for others knows whose they are.
    """
    fields.setdefault("email_verified_at", timezone.now())
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, **fields)
    except IntegrityError as error:
        raise EmailTaken("Sign in instead.") from error
    record(actor=actor or user, action="user.created", target=user)
    return user


@transaction.atomic
def create_person(*, email: str, password: str, name: str = "") -> User:
    """Make an account for who has shown that the e-mail is theirs; raises EmailTaken.

    An account that somebody made with this e-mail and never confirmed becomes theirs.
    """
    people = User.objects.select_for_update().exclude(email="").filter(email__iexact=email.strip())
    existing = people.first()
    if existing is None or not existing.must_verify_email or not existing.is_active:
        return create_user(actor=None, email=email, password=password, name=name)
    existing.set_password(password)
    changes = {"name": name, "email_verified_at": timezone.now()}
    return save_changes(existing, "user.email_verified", existing, changes)


@transaction.atomic
def update_profile(*, user: User, precondition: Precondition, name: str) -> User:
    """Change one's own name; raises StaleVersion."""
    current: User = User.objects.select_for_update().get(pk=user.pk)
    precondition.check(current)
    return save_changes(user, "user.updated", current, {"name": name})


@transaction.atomic
def deactivate(*, actor: User, user: User, precondition: Precondition) -> User:
    """Shut somebody out: every token and session ends at once; raises StaleVersion, OwnAccount.

    A project may be left without an active manager: an account in wrong hands must be shut at once,
    and superusers manage its projects meanwhile.
    """
    return _shut(actor, _others_account(actor, user, precondition))


@transaction.atomic
def deactivate_own(*, user: User) -> User:
    """Shut one's own account; every token and session ends at once; raises LastManager."""
    memberships_to_end(user)  # which stay: an administrator may open the account again
    return _shut(user, User.objects.select_for_update().get(pk=user.pk))


@transaction.atomic
def activate(*, actor: User, user: User, precondition: Precondition) -> User:
    """Let somebody sign in again; raises StaleVersion, OwnAccount, AccountErased."""
    current = _others_account(actor, user, precondition)
    erasure.require_not_erased(current)
    return save_changes(actor, "user.activated", current, {"is_active": True})


@transaction.atomic
def set_staff(*, actor: User, user: User, precondition: Precondition, is_staff: bool) -> User:
    """Open or close the admin to somebody; raises StaleVersion, OwnAccount, AccountErased."""
    current = _others_account(actor, user, precondition)
    erasure.require_not_erased(current)
    action = "user.staff_given" if is_staff else "user.staff_taken"
    return save_changes(actor, action, current, {"is_staff": is_staff})


@transaction.atomic
def set_password(*, actor: User, user: User, password: str, address: str = "") -> User:
    """Give an account a (validated) new password; every sign-in and access token ends at once.

    Its owner is known at the address from which they ask for it, and nowhere else any more.
    """
    current: User = User.objects.select_for_update().get(pk=user.pk)
    current.set_password(password)  # which no snapshot holds
    access_tokens.revoke_all(actor=actor, user=current)
    forget_addresses(user=current, but=address)
    changes = {"token_version": current.token_version + 1}
    return save_changes(actor, "user.password_changed", current, changes)


@transaction.atomic
def erase_account(*, actor: User, user: User, precondition: Precondition) -> User:
    """Take all that tells who somebody was out of an account, for good.

    It is the last part of documents.services.person_erasure, which has them leave their projects.
    Raises StaleVersion, AccountErased.
    """
    current: User = User.objects.select_for_update().get(pk=user.pk)
    precondition.check(current)
    erasure.require_not_erased(current)
    erasure.forget(actor, current)
    current.set_unusable_password()
    erased = save_changes(actor, "user.erased", current, erasure.nobody(current))
    erasure.scrub_log(erased)
    return erased


def save_changes(actor: User, action: str, user: User, changes: dict[str, Any]) -> User:
    """Save the (locked) account as its next version, with the event of it."""
    before = user.snapshot()
    for name, value in changes.items():
        setattr(user, name, value)
    user.save_new_version()
    record(actor=actor, action=action, target=user, before=before)
    return user


def _others_account(actor: User, user: User, precondition: Precondition) -> User:
    """Return the row under lock; nobody shuts themselves out."""
    if actor.pk == user.pk:
        raise OwnAccount("Ask another administrator.")
    current: User = User.objects.select_for_update().get(pk=user.pk)
    precondition.check(current)
    return current


def _shut(actor: User, user: User) -> User:
    access_tokens.revoke_all(actor=actor, user=user)
    version = user.token_version + 1  # so that reactivation revives no token
    changes = {"is_active": False, "token_version": version}
    return save_changes(actor, "user.deactivated", user, changes)
