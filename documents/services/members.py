"""Add, change and remove members; a project always keeps a manager."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404

from config.api.concurrency import Precondition
from documents.errors import AlreadyMember, LastManager, UnknownPerson
from documents.models import Membership, Project, Role
from users.models import User
from users.services.events import record


@transaction.atomic
def add_member(*, actor: User, project: Project, email: str, role: str) -> Membership:
    """Give a person with an account a role; raises UnknownPerson, AlreadyMember."""
    person = User.objects.filter(email__iexact=email, is_active=True).first()
    if person is None:
        raise UnknownPerson(f"Nobody has an account with {email}.")
    try:
        with transaction.atomic():
            membership = Membership.objects.create(project=project, user=person, role=role)
    except IntegrityError as error:
        raise AlreadyMember(f"{email} is a member; change the role instead.") from error
    record(actor=actor, action="member.added", target=membership, project_id=project.pk)
    return membership


@transaction.atomic
def change_role(
    *, actor: User, membership: Membership, precondition: Precondition, role: str
) -> Membership:
    """Give a member another role; raises StaleVersion, LastManager."""
    current = _locked(membership, precondition)
    if role != Role.MANAGER:
        _require_other_manager(current)
    before = current.snapshot()
    current.role = role
    current.save_new_version()
    record(
        actor=actor,
        action="member.updated",
        target=current,
        project_id=current.project_id,
        before=before,
    )
    return current


@transaction.atomic
def remove_member(*, actor: User, membership: Membership, precondition: Precondition) -> None:
    """End a membership; what the person annotated stays. Raises StaleVersion, LastManager."""
    current = _locked(membership, precondition)
    _require_other_manager(current)
    record(
        actor=actor,
        action="member.removed",
        target=current,
        project_id=current.project_id,
        before=current.snapshot(),
    )
    current.delete()


def _locked(membership: Membership, precondition: Precondition) -> Membership:
    # The project's row is locked first: two managers who demote each other must not both win.
    Project.objects.select_for_update().get(pk=membership.project_id)
    rows = Membership.objects.select_for_update(of=("self",)).select_related("user")
    # Memberships alone are truly deleted: a simultaneous request may have been first.
    current: Membership = get_object_or_404(rows, pk=membership.pk)
    precondition.check(current)
    return current


def _require_other_manager(membership: Membership) -> None:
    managers = Membership.objects.filter(project_id=membership.project_id, role=Role.MANAGER)
    if not managers.exclude(pk=membership.pk).exists():
        raise LastManager("Make somebody else a manager first.")
