"""Who sees which labels, sets, annotations and comments: every query starts with who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

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


class SchemaVersionQuerySet(models.QuerySet[Any]):
    """Versions of schemas."""

    def visible_to(self, user: User) -> Self:
        """Keep the versions of the projects that the user sees."""
        return self.filter(within_reach(user), project__deleted_at=None)


class ModelRunQuerySet(models.QuerySet[Any]):
    """Runs of models."""

    def visible_to(self, user: User) -> Self:
        """Keep the runs of the projects that the user sees."""
        return self.filter(within_reach(user), project__deleted_at=None)


def _seen_by(user: User, *, author: str, state: str) -> Q:
    """Return which sets a member sees; annotators of a blind project: own and approved ones."""
    return _members_see(user, Q(**{author: user}) | Q(**{state: "approved"}))


def _members_see(user: User, if_blind: Q) -> Q:
    """Return what a member sees: all, but annotators of a blind project only some."""
    limit = user.grant.project_id if user.grant else None
    reached = Q(project=limit) if limit else Q()
    if user.is_superuser:
        return reached
    member = Membership.objects.filter(user=user, project=OuterRef("project"))
    sees_all = member.filter(Q(project__is_blind=False) | ~Q(role=Role.ANNOTATOR))
    return reached & (Exists(sees_all) | (Exists(member) & if_blind))


class AnnotationSetQuerySet(models.QuerySet[Any]):
    """Sets of annotations."""

    def visible_to(self, user: User) -> Self:
        """Keep the sets that the user sees; annotators of a blind project: own, approved ones."""
        seen = _seen_by(user, author="author", state="state")
        return self.filter(seen, document__deleted_at=None, project__deleted_at=None)

    def behind(self) -> Self:
        """Keep the sets that lie on an earlier text than the document's present one."""
        return self.exclude(revision_id=F("document__revision_id"))


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


class RelationQuerySet(models.QuerySet[Any]):
    """Relations."""

    def visible_to(self, user: User) -> Self:
        """Keep the relations in the sets that the user sees."""
        state = "annotation_set__state"
        seen = _seen_by(user, author="annotation_set__author", state=state)
        return self.filter(seen, document__deleted_at=None, project__deleted_at=None)

    def live(self) -> Self:
        """Keep what is not deleted."""
        return self.filter(deleted_at=None)


class CommentQuerySet(models.QuerySet[Any]):
    """Comments."""

    def visible_to(self, user: User) -> Self:
        """Keep the comments on what the user sees; what is on a deleted annotation waits with it.

        Annotators of a blind project see what is said of an annotation if they see that. Of the
        threads on a document they see those that they began, those begun by whoever was a curator
        or manager then, and those in which they are mentioned. In a thread of their own they see
        every reply; in others their own replies, those that mention them, and those by reviewers
        and by who began the thread: so a curator's question does not show each what all answer.
        """
        in_set = "annotation__annotation_set__"
        of_seen = Q(**{f"{in_set}author": user}) | Q(**{f"{in_set}state": "approved"})
        on_document = Q(annotation=None) & self._heard_by(user)
        seen = _members_see(user, (Q(annotation__isnull=False) & of_seen) | on_document)
        there = Q(annotation__deleted_at=None, document__deleted_at=None, project__deleted_at=None)
        return self.filter(seen, there)

    def _heard_by(self, user: User) -> Q:
        """Return which comments on documents an annotator of a blind project sees."""
        spoken_to = Q(author=user) | Q(by_reviewer=True) | Q(mentions__contains=[user.pk])
        of_starter = Q(parent__author=user) | Q(author=F("parent__author"))
        begins = Q(parent=None) & (spoken_to | self._mentioned_below(user, "pk"))
        thread = Q(parent__author=user) | Q(parent__by_reviewer=True)
        thread |= Q(parent__mentions__contains=[user.pk]) | self._mentioned_below(user, "parent")
        return begins | (Q(parent__isnull=False) & thread & (spoken_to | of_starter))

    def _mentioned_below(self, user: User, thread: str) -> Q:
        """Return whether a reply in the thread, which a column names, mentions the user."""
        replies: Any = self.model._base_manager  # noqa: SLF001 - Django's public API
        found = replies.filter(parent=OuterRef(thread), mentions__contains=[user.pk])
        return Q(Exists(found.filter(deleted_at=None)))

    def live(self) -> Self:
        """Keep what is not deleted."""
        return self.filter(deleted_at=None)

    def with_reply_count(self, user: User) -> Self:
        """Count for each how many replies in its thread the user sees."""
        comments: Any = self.model._default_manager  # noqa: SLF001 - Django's public API
        replies = comments.visible_to(user).live().filter(parent=OuterRef("pk")).order_by()
        counted = replies.values("parent").annotate(n=Count("pk")).values("n")
        return self.annotate(reply_count=Coalesce(Subquery(counted), 0))

    def shown(self) -> Self:
        """Keep what is not deleted, and deleted beginnings of what goes on; of counted ones."""
        return self.filter(Q(deleted_at=None) | Q(reply_count__gt=0))


class NotificationQuerySet(models.QuerySet[Any]):
    """Notifications."""

    def visible_to(self, user: User) -> Self:
        """Keep the user's own, as far as they still see what these tell of."""
        comments, sets = (
            self.model._meta.get_field(name).related_model.objects.visible_to(user)  # noqa: SLF001 - Django's public API
            for name in ("comment", "annotation_set")
        )
        of_comment = Q(Exists(comments.live().filter(pk=OuterRef("comment"))))
        of_set = Q(Exists(sets.filter(pk=OuterRef("annotation_set"))))
        return self.filter(within_reach(user), of_comment | of_set, person=user)

    def unread(self) -> Self:
        """Keep what is new."""
        return self.filter(read_at=None)
