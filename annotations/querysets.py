"""Who sees which labels, sets and annotations: every query starts with who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from documents.models import Membership, Role

if TYPE_CHECKING:
    from users.models import User


class LabelQuerySet(models.QuerySet[Any]):
    """Labels."""

    def visible_to(self, user: User) -> Self:
        """Keep the labels of the projects that the user sees."""
        live = self.filter(project__deleted_at=None)
        return live if user.is_superuser else live.filter(project__memberships__user=user)

    def live(self) -> Self:
        """Keep the labels in use: those not archived."""
        return self.filter(archived_at=None)


def _seen_by(user: User, *, author: str, state: str) -> Q:
    """Return which sets a member sees; annotators of a blind project: own and approved ones."""
    member = Membership.objects.filter(user=user, project=OuterRef("project"))
    sees_all = member.filter(Q(project__is_blind=False) | ~Q(role=Role.ANNOTATOR))
    own_or_approved = Q(**{author: user}) | Q(**{state: "approved"})
    return Exists(sees_all) | (Exists(member) & own_or_approved)


class AnnotationSetQuerySet(models.QuerySet[Any]):
    """Sets of annotations."""

    def visible_to(self, user: User) -> Self:
        """Keep the sets that the user sees; annotators of a blind project: own, approved ones."""
        live = self.filter(document__deleted_at=None, project__deleted_at=None)
        if user.is_superuser:
            return live
        return live.filter(_seen_by(user, author="author", state="state"))


class AnnotationQuerySet(models.QuerySet[Any]):
    """Annotations."""

    def visible_to(self, user: User) -> Self:
        """Keep the annotations in the sets that the user sees."""
        live = self.filter(document__deleted_at=None, project__deleted_at=None)
        if user.is_superuser:
            return live
        state = "annotation_set__state"
        return live.filter(_seen_by(user, author="annotation_set__author", state=state))

    def live(self) -> Self:
        """Keep what is not deleted."""
        return self.filter(deleted_at=None)
