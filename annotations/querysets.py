"""Who sees which labels, sets and annotations: every query starts with who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from documents.models import Membership, Role
from documents.querysets import within_reach

if TYPE_CHECKING:
    from users.models import User


class LabelQuerySet(models.QuerySet[Any]):
    """Labels."""

    def visible_to(self, user: User) -> Self:
        """Keep the labels of the projects that the user sees."""
        return self.filter(within_reach(user), project__deleted_at=None)

    def live(self) -> Self:
        """Keep the labels in use: those not archived."""
        return self.filter(archived_at=None)


def _seen_by(user: User, *, author: str, state: str) -> Q:
    """Return which sets a member sees; annotators of a blind project: own and approved ones."""
    limit = user.grant.project_id if user.grant else None
    reached = Q(project=limit) if limit else Q()
    if user.is_superuser:
        return reached
    member = Membership.objects.filter(user=user, project=OuterRef("project"))
    sees_all = member.filter(Q(project__is_blind=False) | ~Q(role=Role.ANNOTATOR))
    own_or_approved = Q(**{author: user}) | Q(**{state: "approved"})
    return reached & (Exists(sees_all) | (Exists(member) & own_or_approved))


class AnnotationSetQuerySet(models.QuerySet[Any]):
    """Sets of annotations."""

    def visible_to(self, user: User) -> Self:
        """Keep the sets that the user sees; annotators of a blind project: own, approved ones."""
        seen = _seen_by(user, author="author", state="state")
        return self.filter(seen, document__deleted_at=None, project__deleted_at=None)


class AnnotationQuerySet(models.QuerySet[Any]):
    """Annotations."""

    def visible_to(self, user: User) -> Self:
        """Keep the annotations in the sets that the user sees."""
        state = "annotation_set__state"
        seen = _seen_by(user, author="annotation_set__author", state=state)
        return self.filter(seen, document__deleted_at=None, project__deleted_at=None)

    def live(self) -> Self:
        """Keep what is not deleted."""
        return self.filter(deleted_at=None)
