"""Who sees which people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from users.models import User


class UserQuerySet(models.QuerySet[Any]):
    """People."""

    def visible_to(self, user: User) -> Self:
        """Keep whom the user may see: themselves, or for a superuser all."""
        return self if user.is_superuser else self.filter(pk=user.pk)
