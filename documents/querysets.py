"""Who sees which projects and documents: every query starts with who asks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from users.models import User


def within_reach(user: User, project: str = "project") -> Q:
    """Return which rows lie in projects that the user sees and the token at hand reaches.

    `project` is the path to the row's project; a superuser sees all.
    """
    seen = Q() if user.is_superuser else Q(**{f"{project}__memberships__user": user})
    limit = user.grant.project_id if user.grant else None
    return seen & Q(**{project: limit}) if limit else seen


class ProjectQuerySet(models.QuerySet[Any]):
    """Projects."""

    def visible_to(self, user: User) -> Self:
        """Keep the projects that the user is a member of; a superuser sees all."""
        seen = self if user.is_superuser else self.filter(memberships__user=user)
        limit = user.grant.project_id if user.grant else None
        return seen.filter(pk=limit) if limit else seen

    def live(self) -> Self:
        """Keep what is not deleted."""
        return self.filter(deleted_at=None)


class MembershipQuerySet(models.QuerySet[Any]):
    """Memberships."""

    def visible_to(self, user: User) -> Self:
        """Keep the memberships of the projects that the user sees."""
        return self.filter(within_reach(user), project__deleted_at=None)


class InvitationQuerySet(models.QuerySet[Any]):
    """Invitations."""

    def visible_to(self, user: User) -> Self:
        """Keep the invitations to the projects that the user sees."""
        return self.filter(within_reach(user), project__deleted_at=None)

    def open(self) -> Self:
        """Keep those that may still be taken up."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())

    def in_state(self, state: str) -> Self:
        """Keep those that stand so, as Invitation.state tells it of each."""
        if state == "accepted":
            return self.exclude(accepted_at=None)
        if state == "revoked":
            return self.exclude(revoked_at=None)
        if state == "open":
            return self.open()
        return self.filter(accepted_at=None, revoked_at=None, expires_at__lte=timezone.now())


class DocumentQuerySet(models.QuerySet[Any]):
    """Documents."""

    def visible_to(self, user: User) -> Self:
        """Keep the documents of the projects that the user sees."""
        return self.filter(within_reach(user), project__deleted_at=None)

    def live(self) -> Self:
        """Keep what is not deleted."""
        return self.filter(deleted_at=None)

    def with_revision(self) -> Self:
        """Join the present revision, leaving its text and layout until asked for."""
        return self.select_related("revision").defer("revision__text", "revision__layout")

    def claimable(self) -> Self:
        """Keep what a worker may take: pending, or held under a lease that has run out."""
        now = timezone.now()
        return self.live().filter(
            Q(status="pending") | Q(status="processing", lease_expires_at__lt=now)
        )

    def left_behind(self, patience: timedelta) -> Self:
        """Keep what is claimable though it was announced longer ago than patience allows."""
        return self.claimable().filter(
            Q(announced_at=None) | Q(announced_at__lt=timezone.now() - patience)
        )


class RevisionQuerySet(models.QuerySet[Any]):
    """Texts of documents."""

    def visible_to(self, user: User) -> Self:
        """Keep the revisions of the documents that the user sees."""
        return self.filter(within_reach(user), document__deleted_at=None, project__deleted_at=None)
