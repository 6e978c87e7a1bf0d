"""Make and change accounts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from config.api.concurrency import Precondition
from users.errors import EmailTaken, RegistrationClosed
from users.models import User
from users.services.events import record


def register(*, email: str, password: str, name: str = "") -> User:
    """Make an account by its own wish; raises RegistrationClosed, EmailTaken."""
    if not settings.REGISTRATION_OPEN:
        raise RegistrationClosed("Ask an administrator for an account.")
    return create_user(actor=None, email=email, password=password, name=name)


@transaction.atomic
def create_user(*, actor: User | None, email: str, password: str | None, **fields: Any) -> User:
    """Make an account; raises EmailTaken. Without an actor the person did it themselves."""
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, **fields)
    except IntegrityError as error:
        raise EmailTaken("Sign in, or reset the password.") from error
    record(actor=actor or user, action="user.created", target=user)
    return user


@transaction.atomic
def update_profile(*, user: User, precondition: Precondition, name: str) -> User:
    """Change one's own name; raises StaleVersion."""
    current: User = User.objects.select_for_update().get(pk=user.pk)
    precondition.check(current)
    before = current.snapshot()
    current.name = name
    current.save_new_version()
    record(actor=user, action="user.updated", target=current, before=before)
    return current
