"""Add, change and remove members, hand projects over; a project always keeps a manager."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework.exceptions import PermissionDenied

from config.api.concurrency import Precondition
from documents.errors import (
    AlreadyMember,
    NoSuccessor,
    OfServiceAccount,
    UnknownPerson,
)
from documents.models import Membership, Project, Role
from documents.services.revocations import revoke_invitations_of
from users.errors import LastManager
from users.models import User
from users.services.events import Snapshot, record
from users.services.managers import leaves_none


@transaction.atomic
def add_member(*, actor: User, project: Project, email: str, role: str) -> Membership:
    """Give a person with an account a role; raises UnknownPerson, AlreadyMember.

    Where e-mails are confirmed, whether a stranger has an account is nobody's business: only whom
    the actor works with is found, and others are invited.
    """
    person = _known_to(actor).filter(email__iexact=email, is_active=True).first()
    if person is None and settings.EMAIL_VERIFICATION:
        raise UnknownPerson("Nobody you work with has an account with this e-mail: invite them.")
    if person is None:
        raise UnknownPerson(f"Nobody has an account with {email}.")
    return admit(actor=actor, project=project, person=person, role=role)


def _known_to(actor: User) -> QuerySet[User]:
    """Return whom somebody may add: whose e-mail is confirmed and who shares a live project."""
    people: QuerySet[User] = User.objects.all()
    if settings.EMAIL_VERIFICATION:
        people = people.exclude(email_verified_at=None)
        if not actor.is_superuser:
            people = people.filter(pk__in=Membership.objects.visible_to(actor).values("user"))
    return people


@transaction.atomic
def admit(*, actor: User, project: Project, person: User, role: str) -> Membership:
    """Make somebody a member; raises AlreadyMember."""
    try:
        with transaction.atomic():
            membership = Membership.objects.create(project=project, user=person, role=role)
    except IntegrityError as error:
        raise AlreadyMember(f"{person.email} is a member; change the role instead.") from error
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
    _give(actor, current, role)
    return current


@transaction.atomic
def remove_member(*, actor: User, membership: Membership, precondition: Precondition) -> None:
    """End a membership, one's own too; what the person annotated stays.

    Raises StaleVersion, LastManager, OfServiceAccount.
    """
    current = _locked(membership, precondition)
    _require_other_manager(current)
    _end(actor, current)


@transaction.atomic
def transfer_project(
    *, actor: User, project: Project, member: UUID, keep_role: str | None
) -> Membership:
    """Make a member the manager in the actor's place, who keeps a role or (None) leaves.

    Raises NoSuccessor, OfServiceAccount, PermissionDenied (the actor manages it no longer).
    """
    Project.objects.select_for_update().get(pk=project.pk)
    rows = Membership.objects.select_for_update(of=("self",)).select_related("user")
    own = rows.filter(project=project, user=actor).first()
    if not actor.is_superuser and (own is None or own.role != Role.MANAGER):
        raise PermissionDenied("Only a manager hands a project over.")
    successor: Membership | None = (
        rows.filter(project=project, pk=member).exclude(user=actor).first()
    )
    if successor is None:
        raise NoSuccessor("Expected the id of another member of the project.")
    if successor.user.is_service or not successor.user.is_active:
        raise NoSuccessor("A manager is a person with an active account.")
    if successor.role != Role.MANAGER:
        _give(actor, successor, Role.MANAGER)
    if own is not None:
        _step_back(actor, own, keep_role)
    return successor


def _locked(membership: Membership, precondition: Precondition) -> Membership:
    # The project's row is locked first: two managers who demote each other must not both win.
    Project.objects.select_for_update().get(pk=membership.project_id)
    rows = Membership.objects.select_for_update(of=("self",)).select_related("user")
    # Memberships alone are truly deleted: a simultaneous request may have been first.
    current: Membership = get_object_or_404(rows, pk=membership.pk)
    precondition.check(current)
    return current


def _require_other_manager(membership: Membership) -> None:
    """Raise LastManager if a manager goes and no other person who can sign in is one."""
    if leaves_none(membership):
        raise LastManager("Make somebody else a manager first.")


def _give(actor: User, membership: Membership, role: str) -> None:
    before = membership.snapshot()
    membership.role = role
    membership.save_new_version()
    _record(actor, "member.updated", membership, before)
    if before["role"] == Role.MANAGER and role != Role.MANAGER:
        revoke_invitations_of(actor=actor, membership=membership)


def _step_back(actor: User, own: Membership, keep_role: str | None) -> None:
    if keep_role is None:
        _end(actor, own)
    elif keep_role != own.role:
        _give(actor, own, keep_role)


def _end(actor: User, membership: Membership) -> None:
    if membership.user.is_service:
        raise OfServiceAccount("Close the service account instead.")
    end_membership(actor=actor, membership=membership)


@transaction.atomic
def end_membership(*, actor: User, membership: Membership) -> None:
    """End a (locked) membership, whosever it is."""
    _record(actor, "member.removed", membership, membership.snapshot())
    revoke_invitations_of(actor=actor, membership=membership)
    membership.delete()


def _record(actor: User, action: str, membership: Membership, before: Snapshot) -> None:
    record(
        actor=actor,
        action=action,
        target=membership,
        project_id=membership.project_id,
        before=before,
    )
