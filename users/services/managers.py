"""Every live project keeps a manager: an active person, whoever else goes.

Memberships are reached through relations, for this app does not know the one that has them.
"""

from __future__ import annotations

from typing import Any

from users.errors import LastManager
from users.models import User


def leaves_none(membership: Any) -> bool:
    """Return whether its end leaves the project without a manager who can sign in."""
    managers = type(membership).objects.filter(
        project_id=membership.project_id,
        role="manager",
        user__is_active=True,
        user__is_service=False,
    )
    return membership.role == "manager" and not managers.exclude(pk=membership.pk).exists()


def memberships_to_end(user: User) -> list[Any]:
    """Return somebody's memberships, their projects under lock; raises LastManager."""
    of_user = user.memberships.order_by("project_id").select_related("project")
    list(of_user.select_for_update(of=("project",)))  # first, as whoever changes members does
    memberships = list(of_user)
    without = [
        membership.project
        for membership in memberships
        if membership.project.deleted_at is None and leaves_none(membership)
    ]
    if without:
        projects = [{"id": str(one.pk), "name": one.name} for one in without]
        raise LastManager("Make somebody else a manager of each first.", projects=projects)
    return memberships
