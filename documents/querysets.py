"""Who sees which projects and documents: every query starts with who asks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from users.models import User


class ProjectQuerySet(models.QuerySet[Any]):
    """Projects."""

    def visible_to(self, user: User) -> Self:
        """Keep the projects that the user is a member of; a superuser sees all."""
        return self if user.is_superuser else self.filter(memberships__user=user)

    def live(self) -> Self:
        """Keep what is not deleted."""
        return self.filter(deleted_at=None)


class MembershipQuerySet(models.QuerySet[Any]):
    """Memberships."""

    def visible_to(self, user: User) -> Self:
        """Keep the memberships of the projects that the user sees."""
        live = self.filter(project__deleted_at=None)
        return live if user.is_superuser else live.filter(project__memberships__user=user)


class DocumentQuerySet(models.QuerySet[Any]):
    """Documents."""

    def visible_to(self, user: User) -> Self:
        """Keep the documents of the projects that the user sees."""
        live = self.filter(project__deleted_at=None)
        return live if user.is_superuser else live.filter(project__memberships__user=user)

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
        live = self.filter(document__deleted_at=None, project__deleted_at=None)
        return live if user.is_superuser else live.filter(project__memberships__user=user)
