"""Erase people: they leave their projects, their invitations are forgotten, the account goes."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q

from config.api.concurrency import ANY_VERSION, Precondition
from documents.models import Invitation
from documents.services.members import end_membership
from documents.services.revocations import revoke_all
from users.models import User
from users.services import accounts
from users.services.erasure import addresses_of, any_of, take_out
from users.services.managers import memberships_to_end


@transaction.atomic
def erase_person(*, actor: User, user: User, precondition: Precondition = ANY_VERSION) -> User:
    """Take all that tells who somebody was out of the site, for good.

    What they annotated and commented stays, by a pseudonym; what they were told of goes. Raises
    StaleVersion, AccountErased, and LastManager when a project would be left without a manager.
    """
    for membership in memberships_to_end(user):  # projects are locked before people everywhere
        end_membership(actor=actor, membership=membership)
    _forget_invitations(user)
    notices: Any = user
    notices.notifications.all().delete()  # by their relation, for this app knows not what tells
    return accounts.erase_account(actor=actor, user=user, precondition=precondition)


def _forget_invitations(user: User) -> None:
    """Revoke what was offered to their addresses, and forget these."""
    invitations = Invitation.objects.filter(any_of("email__iexact", addresses_of(user)))
    revoke_all(actor=None, invitations=invitations)  # by nobody: else the log would tie the two
    ids = list(invitations.values_list("pk", flat=True))
    invitations.filter(pk__in=ids).update(email="")
    take_out(["email"], Q(target_type="invitation", target_id__in=ids))
