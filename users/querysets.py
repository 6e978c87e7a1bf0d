"""Who sees which people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from users.models import User


class UserQuerySet(models.QuerySet[Any]):
    """People."""

    def visible_to(self, user: User) -> Self:
        """Keep whom the user may see: themselves, or for a superuser all."""
        return self if user.is_superuser else self.filter(pk=user.pk)


class EventQuerySet(models.QuerySet[Any]):
    """The log."""

    def visible_to(self, user: User) -> Self:
        """Keep what happened in the user's projects, and what they did themselves.

        Annotators of a blind project are shown their own doings alone. Memberships are reached
        through their relation, for this app does not know the one that has them.
        """
        if user.is_superuser:
            return self
        projects = user.memberships.values("project")
        open_ones = user.memberships.exclude(role="annotator", project__is_blind=True)
        own = Q(actor=user) & (Q(project_id=None) | Q(project_id__in=projects))
        return self.filter(Q(project_id__in=open_ones.values("project")) | own)
