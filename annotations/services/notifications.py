"""Tell people of what concerns them, in the transaction of what they are told of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, UUIDField, Value
from django.utils import timezone

from annotations.models import AnnotationSet, Comment, Notification, NotificationKind
from users.models import User

PARTICIPANTS = 50  # of a thread, the latest ones: everybody else has long turned to other things
COUNTED = 1000
_REVIEWED = {"approve": NotificationKind.APPROVED, "return": NotificationKind.RETURNED}


class Read(NamedTuple):
    """What marking as read has left."""

    unread: int


def who_sees(rows: Callable[[User], QuerySet[Any]], people: Collection[User]) -> set[UUID]:
    """Return which people find anything in `rows`, which are what one of them sees; one query."""
    each = [
        rows(user).order_by().values_list(Value(user.pk, UUIDField()), flat=True)[:1]
        for user in people
    ]
    return set(each[0].union(*each[1:], all=True)) if each else set()


def tell_of_comment(actor: User, comment: Comment) -> None:
    """Tell whom it mentions, who talks in its thread, and whose annotation it is on."""
    kinds = dict.fromkeys(comment.mentions, NotificationKind.MENTION)
    if comment.parent_id:
        for pk in _participants(comment.parent_id):
            kinds.setdefault(pk, NotificationKind.REPLY)
    if comment.annotation:
        kinds.setdefault(comment.annotation.author_id, NotificationKind.COMMENT)
    _tell_of_comment(actor, comment, kinds)


def tell_of_mentions(actor: User, comment: Comment, people: Collection[UUID]) -> None:
    """Tell people who are mentioned in a comment from now on."""
    _tell_of_comment(actor, comment, dict.fromkeys(people, NotificationKind.MENTION))


def tell_of_resolution(actor: User, thread: Comment) -> None:
    """Tell everybody who talks in a thread that it is resolved."""
    kinds = dict.fromkeys(_participants(thread.pk), NotificationKind.RESOLVED)
    _tell_of_comment(actor, thread, kinds)


def tell_of_review(actor: User, step: str, annotation_set: AnnotationSet) -> None:
    """Tell the author of a set that it is approved or returned: "approve" or "return"."""
    rows = AnnotationSet.objects.filter(pk=annotation_set.pk)
    _tell(actor, rows, {annotation_set.author_id: _REVIEWED[step]}, annotation_set=annotation_set)


def _participants(thread_id: UUID) -> list[UUID]:
    """Return who said something in a thread that is not deleted, the latest ones."""
    of_thread = Q(pk=thread_id) | Q(parent=thread_id)
    latest = Comment.objects.live().filter(of_thread).order_by("-pk")
    return list(dict.fromkeys(latest.values_list("author", flat=True)[:PARTICIPANTS]))


def _tell_of_comment(actor: User, comment: Comment, kinds: Mapping[UUID, NotificationKind]) -> None:
    rows = Comment.objects.live().filter(pk=comment.pk)
    _tell(actor, rows, kinds, comment=comment)


def _tell(actor: User, rows: Any, kinds: Mapping[UUID, NotificationKind], **about: Any) -> None:
    """Tell people (id → what it is for them) of a row, but for the actor and who cannot see it."""
    people = User.objects.filter(pk__in=kinds.keys() - {actor.pk}, is_active=True)
    seeing = who_sees(rows.visible_to, list(people.order_by("pk")))
    (row,) = about.values()
    Notification.objects.bulk_create(
        [
            Notification(
                person_id=pk,
                kind=kinds[pk],
                actor=actor,
                project_id=row.project_id,
                document_id=row.document_id,
                **about,
            )
            for pk in sorted(seeing)  # in one order everywhere: else two wait for each other
        ],
        ignore_conflicts=True,  # who was mentioned, then not, and is again, knows
    )


@transaction.atomic
def mark_read(*, notification: Notification) -> Notification:
    """Mark one of one's own as read; the first time counts."""
    rows = Notification.objects.filter(pk=notification.pk)
    rows.unread().update(read_at=timezone.now())
    notification.refresh_from_db(fields=["read_at"])
    return notification


@transaction.atomic
def mark_all_read(*, person: User, up_to: UUID) -> Read:
    """Mark what a person sees of their notifications as read, up to the one that they name."""
    rows = Notification.objects.visible_to(person).unread().filter(pk__lte=up_to)
    ids = rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True)
    Notification.objects.filter(pk__in=list(ids)).update(read_at=timezone.now())
    return Read(unread_count(person))


def unread_count(person: User) -> int:
    """Return how many new notifications a person sees; a thousand are counted at most."""
    rows = Notification.objects.visible_to(person).unread()
    return int(rows.values("pk")[:COUNTED].count())
