"""End invitations that nobody has taken up: one, or all of who may invite no longer."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from config.api.concurrency import Precondition
from documents.errors import InvitationClosed
from documents.models import Invitation, Membership
from documents.querysets import InvitationQuerySet
from users.models import User
from users.services.events import record


@transaction.atomic
def revoke_invitation(
    *, actor: User, invitation: Invitation, precondition: Precondition
) -> Invitation:
    """Make an invitation good for nothing; raises StaleVersion, InvitationClosed."""
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("access_token")
    current: Invitation = rows.get(pk=invitation.pk)
    precondition.check(current)
    if current.accepted_at or current.ended_at:
        raise InvitationClosed(f"It is {current.state}.")
    _revoke(actor, current)
    return current


def revoke_invitations_of(*, actor: User, membership: Membership) -> None:
    """Revoke what somebody offered as a manager, for they know the links and might come back."""
    offered = Invitation.objects.filter(
        project_id=membership.project_id, invited_by_id=membership.user_id
    )
    revoke_all(actor=actor, invitations=offered.open())


def revoke_all(*, actor: User | None, invitations: InvitationQuerySet) -> None:
    """Revoke those that nobody has taken up; without an actor the system did it."""
    untaken = invitations.filter(accepted_at=None, revoked_at=None)
    for invitation in untaken.select_for_update(of=("self",)).order_by("pk"):
        _revoke(actor, invitation)


def _revoke(actor: User | None, invitation: Invitation) -> None:
    before = invitation.snapshot()
    invitation.revoked_at = timezone.now()
    invitation.save_new_version()
    record(
        actor=actor,
        action="invitation.revoked",
        target=invitation,
        project_id=invitation.project_id,
        before=before,
    )
