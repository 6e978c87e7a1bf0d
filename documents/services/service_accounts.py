"""Service accounts: accounts of programs that belong to one project, by their one membership."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404

from config.api.concurrency import ANY_VERSION, Precondition
from documents.models import Membership, Project
from documents.services import members
from users.models import AccessToken, User
from users.services import access_tokens
from users.services import service_accounts as accounts


@transaction.atomic
def create_service_account(*, actor: User, project: Project, name: str, role: str) -> Membership:
    """Make an account for a program, a member of the project from its first moment."""
    user = accounts.open_account(actor=actor, name=name, project_id=project.pk)
    return members.admit(actor=actor, project=project, person=user, role=role)


@transaction.atomic
def update_service_account(
    *, actor: User, account: Membership, precondition: Precondition, changes: dict[str, Any]
) -> Membership:
    """Rename a service account or give it another role; raises StaleVersion."""
    current = _locked(account, precondition)
    role = changes.get("role", current.role)
    changed = members.change_role(
        actor=actor, membership=current, precondition=ANY_VERSION, role=role
    )
    if "name" in changes:
        accounts.rename_account(
            actor=actor,
            user=changed.user,
            project_id=changed.project_id,
            name=changes["name"],
        )
        changed.user.refresh_from_db()
    return changed


@transaction.atomic
def close_service_account(*, actor: User, account: Membership, precondition: Precondition) -> None:
    """Shut a service account for good, its tokens at once; its annotations stay.

    Raises StaleVersion.
    """
    current = _locked(account, precondition)
    accounts.close_account(actor=actor, user=current.user, project_id=current.project_id)
    members.end_membership(actor=actor, membership=current)


@transaction.atomic
def create_token(*, actor: User, account: Membership, **fields: Any) -> tuple[AccessToken, str]:
    """Make a token of a service account, good in its project; return it and its text.

    Raises TooManyTokens.
    """
    return access_tokens.create_token(
        actor=actor, user=account.user, project_id=account.project_id, **fields
    )


def _locked(account: Membership, precondition: Precondition) -> Membership:
    # The project's row first, as wherever members change.
    Project.objects.select_for_update().get(pk=account.project_id)
    rows = Membership.objects.select_for_update(of=("self",)).select_related("user")
    current: Membership = get_object_or_404(rows, pk=account.pk)
    precondition.check(current)
    return current
