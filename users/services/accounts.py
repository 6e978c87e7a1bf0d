"""Make and change accounts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from config.api.concurrency import Precondition
from users.errors import EmailTaken, OwnAccount, RegistrationClosed
from users.models import User
from users.services.events import record


def register(*, email: str, password: str, name: str = "") -> User:
    """Make an account by its own wish; raises RegistrationClosed, EmailTaken."""
    if settings.REGISTRATION != "open":
        raise RegistrationClosed("Ask an administrator for an account.")
    return create_user(actor=None, email=email, password=password, name=name)


@transaction.atomic
def create_user(*, actor: User | None, email: str, password: str | None, **fields: Any) -> User:
    """Make an account; raises EmailTaken. Without an actor the person did it themselves."""
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, **fields)
    except IntegrityError as error:
        raise EmailTaken("Sign in instead.") from error
    record(actor=actor or user, action="user.created", target=user)
    return user


@transaction.atomic
def update_profile(*, user: User, precondition: Precondition, name: str) -> User:
    """Change one's own name; raises StaleVersion."""
    current: User = User.objects.select_for_update().get(pk=user.pk)
    precondition.check(current)
    return _changed(user, "user.updated", current, {"name": name})


@transaction.atomic
def deactivate(*, actor: User, user: User, precondition: Precondition) -> User:
    """Shut somebody out: every token and session ends at once; raises StaleVersion, OwnAccount."""
    current = _others_account(actor, user, precondition)
    version = current.token_version + 1  # so that reactivation revives none of them
    changes = {"is_active": False, "token_version": version}
    return _changed(actor, "user.deactivated", current, changes)


@transaction.atomic
def activate(*, actor: User, user: User, precondition: Precondition) -> User:
    """Let somebody sign in again; raises StaleVersion, OwnAccount."""
    current = _others_account(actor, user, precondition)
    return _changed(actor, "user.activated", current, {"is_active": True})


@transaction.atomic
def set_staff(*, actor: User, user: User, precondition: Precondition, is_staff: bool) -> User:
    """Open or close the admin to somebody; raises StaleVersion, OwnAccount."""
    current = _others_account(actor, user, precondition)
    action = "user.staff_given" if is_staff else "user.staff_taken"
    return _changed(actor, action, current, {"is_staff": is_staff})


@transaction.atomic
def set_password(*, actor: User, user: User, password: str) -> User:
    """Give an account a (validated) new password; every token and session ends at once."""
    current: User = User.objects.select_for_update().get(pk=user.pk)
    current.set_password(password)  # which no snapshot holds
    changes = {"token_version": current.token_version + 1}
    return _changed(actor, "user.password_changed", current, changes)


def _others_account(actor: User, user: User, precondition: Precondition) -> User:
    """Return the row under lock; nobody shuts themselves out."""
    if actor.pk == user.pk:
        raise OwnAccount("Ask another administrator.")
    current: User = User.objects.select_for_update().get(pk=user.pk)
    precondition.check(current)
    return current


def _changed(actor: User, action: str, user: User, changes: dict[str, Any]) -> User:
    before = user.snapshot()
    for name, value in changes.items():
        setattr(user, name, value)
    user.save_new_version()
    record(actor=actor, action=action, target=user, before=before)
    return user
