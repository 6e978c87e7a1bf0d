"""Make, rename and close the accounts of programs; the app above says which project has them."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from users.models import User
from users.services import access_tokens
from users.services.events import record


@transaction.atomic
def open_account(*, actor: User, name: str, project_id: UUID) -> User:
    """Make an account with which nobody can sign in: it has neither e-mail nor password."""
    user = User.objects.create_user("", None, name=name, is_service=True)
    record(actor=actor, action="service_account.created", target=user, project_id=project_id)
    return user


@transaction.atomic
def rename_account(*, actor: User, user: User, project_id: UUID, name: str) -> None:
    """Call a service account otherwise."""
    _change(actor, "service_account.updated", user, project_id, name=name)


@transaction.atomic
def close_account(*, actor: User, user: User, project_id: UUID) -> None:
    """Shut a service account for good, with its tokens; what it did stays."""
    _change(actor, "service_account.closed", user, project_id, is_active=False)
    access_tokens.revoke_all(actor=actor, user=user)


def _change(actor: User, action: str, user: User, project_id: UUID, **changes: object) -> None:
    current: User = User.objects.select_for_update().get(pk=user.pk)
    before = current.snapshot()
    for name, value in changes.items():
        setattr(current, name, value)
    current.save_new_version()
    record(actor=actor, action=action, target=current, project_id=project_id, before=before)
