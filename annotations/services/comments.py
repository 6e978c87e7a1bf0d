"""Write comments, reply to them, and resolve their threads: each with its event, and told of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from annotations.errors import CommentDeleted, NotAThread, NotYourComment
from annotations.models import Annotation, Comment
from annotations.services import notifications
from config.api.concurrency import ANY_VERSION, Precondition
from documents.models import Document
from documents.permissions import may
from users.errors import InvalidMember
from users.models import User
from users.services.events import record

# Who may delete documents may delete what others said of them.
MODERATE = "document.delete"


@transaction.atomic
def create_comment(
    *,
    author: User,
    document: Document,
    body: str,
    annotation: Annotation | None = None,
    mentions: Sequence[UUID] = (),
) -> Comment:
    """Begin a thread on a document, or on an annotation of it.

    `mentions` are ids of members who see what it is on. Raises InvalidMember, CommentDeleted.
    """
    _hold(document.pk)
    place = {"project_id": document.project_id, "document": document, "annotation": annotation}
    return _written(author, Comment(body=body, **place), mentions)


@transaction.atomic
def reply(*, author: User, thread: Comment, body: str, mentions: Sequence[UUID] = ()) -> Comment:
    """Say something in a thread; raises NotAThread, InvalidMember, CommentDeleted."""
    current = _locked(author, thread, ANY_VERSION)
    _require_thread(current)
    _require_live(current)
    place = {name: getattr(current, name) for name in ("project_id", "document_id", "annotation")}
    return _written(author, Comment(body=body, parent=current, **place), mentions)


@transaction.atomic
def update_comment(
    *, author: User, comment: Comment, precondition: Precondition, changes: Mapping[str, Any]
) -> Comment:
    """Change the body or the mentions of one's own comment.

    Raises NotYourComment, StaleVersion, InvalidMember, CommentDeleted.
    """
    if comment.author_id != author.pk:
        raise NotYourComment(f"It is by {comment.author}.")
    current = _locked(author, comment, precondition)
    _require_live(current)
    before, known = current.snapshot(), set(current.mentions)
    for name, value in changes.items():
        setattr(current, name, value)
    _check_mentions(current, known)
    current.edited_at = timezone.now()
    saved = _saved(author, "comment.updated", current, before)
    notifications.tell_of_mentions(author, saved, set(saved.mentions) - known)
    return saved


@transaction.atomic
def delete_comment(*, actor: User, comment: Comment, precondition: Precondition) -> None:
    """Delete one's own comment, or as a manager anybody's; replies to it stay.

    Raises NotYourComment, StaleVersion, CommentDeleted.
    """
    _require_own(actor, comment, comment.author_id)
    current = _locked(actor, comment, precondition)
    _require_live(current)
    before = current.snapshot()
    current.deleted_at, current.deleted_by = timezone.now(), actor
    _saved(actor, "comment.deleted", current, before)


@transaction.atomic
def restore_comment(
    *, actor: User, comment: Comment, precondition: Precondition = ANY_VERSION
) -> Comment:
    """Bring back what one has deleted oneself, or as a manager what anybody has.

    Raises NotYourComment, StaleVersion, CommentDeleted (its document is).
    """
    current = _locked(actor, comment, precondition)
    if current.deleted_at is None:  # a simultaneous request was first
        return current
    _require_own(actor, current, current.deleted_by_id)
    before = current.snapshot()
    current.deleted_at = current.deleted_by = None
    return _saved(actor, "comment.restored", current, before)


@transaction.atomic
def resolve(*, actor: User, comment: Comment, precondition: Precondition = ANY_VERSION) -> Comment:
    """Settle a thread; raises NotAThread, StaleVersion, CommentDeleted (its document is)."""
    current = _locked(actor, comment, precondition)
    _require_thread(current)
    if current.resolved_at:
        return current
    before = current.snapshot()
    current.resolved_at, current.resolved_by = timezone.now(), actor
    saved = _saved(actor, "comment.resolved", current, before)
    notifications.tell_of_resolution(actor, saved)
    return saved


@transaction.atomic
def reopen(*, actor: User, comment: Comment, precondition: Precondition = ANY_VERSION) -> Comment:
    """Take up a settled thread again; raises as resolve."""
    current = _locked(actor, comment, precondition)
    _require_thread(current)
    if current.resolved_at is None:
        return current
    before = current.snapshot()
    current.resolved_at = current.resolved_by = None
    return _saved(actor, "comment.reopened", current, before)


_HOLD = "SELECT deleted_at IS NULL FROM documents_document WHERE id = %s FOR SHARE"


def _hold(document_id: UUID) -> None:
    """Keep a document from being deleted, hence erased, until the transaction ends.

    Raises CommentDeleted when it is deleted already.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [document_id])
        (is_there,) = cursor.fetchone()
    if not is_there:
        raise CommentDeleted("Its document is deleted.")


def _locked(user: User, comment: Comment, precondition: Precondition) -> Comment:
    """Return a comment under lock as the user is shown it, its document held."""
    _hold(comment.document_id)
    rows: QuerySet[Comment] = Comment.objects.with_reply_count(user)
    related = rows.select_related("author", "resolved_by", "deleted_by", "annotation")
    current = related.select_for_update(of=("self",), no_key=True).get(pk=comment.pk)
    precondition.check(current)
    return current


def _require_thread(comment: Comment) -> None:
    if comment.parent_id:
        thread_id = str(comment.parent_id)
        raise NotAThread(f"It is a reply in thread {thread_id}.", thread_id=thread_id)


def _require_live(comment: Comment) -> None:
    if comment.deleted_at:
        raise CommentDeleted("Have it restored first.")


def _require_own(user: User, comment: Comment, owner_id: UUID | None) -> None:
    if owner_id != user.pk and not may(user, MODERATE, comment.project_id):
        raise NotYourComment("Ask a manager.")


def _check_mentions(comment: Comment, known: set[UUID]) -> None:
    """Raise InvalidMember for somebody new who is no member, or sees not what it is on."""
    asked = set(comment.mentions) - known
    if not asked:
        return
    members = User.objects.filter(is_active=True, memberships__project=comment.project_id)
    place: Any = Document.objects.filter(pk=comment.document_id)
    if comment.annotation_id:
        place = Annotation.objects.filter(pk=comment.annotation_id)
    seeing = notifications.who_sees(place.visible_to, list(members.filter(pk__in=asked)))
    for index, pk in enumerate(comment.mentions):
        if pk in asked - seeing:
            raise InvalidMember(f"/mentions/{index}", "unknown", "Expected a member who sees this.")


def _written(author: User, comment: Comment, mentions: Sequence[UUID]) -> Comment:
    """Save a new comment in its (held) place."""
    comment.author, comment.mentions = author, list(mentions)
    comment.by_reviewer = may(author, "set.review", comment.project_id)
    _check_mentions(comment, set())
    comment.save(force_insert=True)
    record(actor=author, action="comment.created", target=comment, project_id=comment.project_id)
    notifications.tell_of_comment(author, comment)
    return comment


def _saved(actor: User, action: str, comment: Comment, before: dict[str, Any]) -> Comment:
    comment.save_new_version()
    record(actor=actor, action=action, target=comment, project_id=comment.project_id, before=before)
    return comment
