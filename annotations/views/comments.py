"""Comments on documents and annotations, and the threads that they make."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotations.filters import CommentFilter
from annotations.models import Annotation, Comment
from annotations.serializers import CommentInput, CommentSerializer
from annotations.services import comments
from config.api.concurrency import if_match, if_match_or_any
from config.api.views import ListMixin, RetrieveMixin
from documents.models import Document
from documents.views.in_project import InProjectViewSet

READ, WRITE = "comment.read", "comment.write"


class _CommentViews(ListMixin, InProjectViewSet):
    """Comments as the user sees them."""

    queryset = Comment.objects.none()
    serializer_class = CommentSerializer
    input_serializers = {"create": CommentInput, "partial_update": CommentInput}
    filterset_class = CommentFilter
    requires = {
        "list": READ,
        "retrieve": READ,
        "create": WRITE,
        "partial_update": WRITE,
        "destroy": WRITE,
        "restore": WRITE,
        "resolve": WRITE,
        "reopen": WRITE,
    }
    tag = "comments"

    def rows(self) -> Any:
        """Return the comments that the user sees, deleted ones too."""
        rows = Comment.objects.visible_to(self.user).with_reply_count(self.user)
        return rows.select_related("author", "resolved_by")

    def kept(self, rows: Any) -> Any:
        """Keep what is to be listed: unless asked for, nothing that is deleted."""
        return rows if "deleted" in self.request.query_params else rows.shown()


class CommentViewSet(RetrieveMixin, _CommentViews):
    """Threads, each by the comment that begins it; and single comments, replies too."""

    def get_queryset(self) -> Any:
        rows = self.rows()
        if self.action == "list":
            rows = self.kept(rows.filter(**self._place()))
            return rows if "replies" in self.request.query_params else rows.filter(parent=None)
        return rows if self.action == "restore" else rows.shown()

    def _place(self) -> dict[str, Any]:
        """Return what is listed: the comments of a project, of a document, on an annotation."""
        if "project_id" in self.kwargs:
            return {"project": self.project()}
        if "document_id" in self.kwargs:
            return {"document": self.document()}
        return {"annotation": self._annotation()}

    def _annotation(self) -> Annotation:
        rows = Annotation.objects.visible_to(self.user).live().select_related("document")
        annotation: Annotation = self.allowed(rows, "annotation_id")
        return annotation

    @extend_schema(request=CommentInput, responses={201: CommentSerializer})
    def create(self, request: Request, **ids: UUID) -> Response:
        """Begin a thread."""
        annotation = self._annotation() if "annotation_id" in ids else None
        document: Document = annotation.document if annotation else self.document()
        comment = comments.create_comment(
            author=self.user, document=document, annotation=annotation, **self.validated()
        )
        return self.created(comment, "comment")

    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change one's own comment; who is mentioned anew is told."""
        changed = comments.update_comment(
            author=self.user,
            comment=self.get_object(),
            precondition=if_match(request),
            changes=self.validated(),
        )
        return self.answer(changed)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete one's own comment, or as a manager anybody's; it can be restored, replies stay."""
        comment, precondition = self.get_object(), if_match(request)
        comments.delete_comment(actor=self.user, comment=comment, precondition=precondition)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None)
    def restore(self, request: Request, pk: UUID) -> Response:
        """Bring back a comment that one has deleted, or as a manager any."""
        return self.answer(comments.restore_comment(actor=self.user, comment=self.get_object()))

    @extend_schema(request=None)
    def resolve(self, request: Request, pk: UUID) -> Response:
        """Settle a thread; who talks in it is told."""
        return self._settled(comments.resolve)

    @extend_schema(request=None)
    def reopen(self, request: Request, pk: UUID) -> Response:
        """Take a settled thread up again."""
        return self._settled(comments.reopen)

    def _settled(self, step: Any) -> Response:
        precondition = if_match_or_any(self.request)
        comment = self.get_object()
        return self.answer(step(actor=self.user, comment=comment, precondition=precondition))


class ReplyViewSet(_CommentViews):
    """What is said in one thread, after the comment that begins it."""

    def get_queryset(self) -> Any:
        return self.kept(self.rows().filter(parent=self._thread()))

    def _thread(self) -> Comment:
        thread: Comment = self.allowed(self.rows().shown(), "comment_id")
        return thread

    def create(self, request: Request, comment_id: UUID) -> Response:
        """Reply in a thread; who talks in it is told."""
        thread, said = self._thread(), self.validated()
        made = comments.reply(author=self.user, thread=thread, **said)
        return self.created(made, "comment")
