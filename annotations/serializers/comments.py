"""What goes in and out of comments, their threads, and what people are told of them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from annotations.models import Comment, Notification
from config.api.serializers import StrictSerializer
from users.serializers import PersonSerializer

MAX_BODY = 10_000
MAX_MENTIONS = 20
EXCERPT = 200
_OF_RESOURCE = ("version", "created_at", "updated_at")
SOMEBODY = "01980000-0000-7000-8000-000000000000"


class CommentSerializer(serializers.ModelSerializer[Comment]):
    """A comment: on an annotation, or on the document; one with a `parent_id` is a reply.

    What a deleted one said is told to nobody but its author.
    """

    author = PersonSerializer()
    resolved_by = PersonSerializer(allow_null=True)
    mentions = serializers.ListField(child=serializers.UUIDField(), help_text="Ids of people.")
    reply_count = serializers.IntegerField(help_text="How many replies in its thread you see.")

    class Meta:
        model = Comment
        fields = (
            "id",
            "project_id",
            "document_id",
            "annotation_id",
            "parent_id",
            "author",
            "body",
            "mentions",
            "reply_count",
            "resolved_at",
            "resolved_by",
            "edited_at",
            "deleted_at",
            *_OF_RESOURCE,
        )

    def to_representation(self, instance: Comment) -> dict[str, Any]:
        data: dict[str, Any] = super().to_representation(instance)
        if instance.deleted_at and instance.author_id != self.context["request"].user.pk:
            withheld = {"body": "", "mentions": []}
            data |= {name: withheld[name] for name in withheld.keys() & data.keys()}
        return data


@extend_schema_serializer(
    examples=[OpenApiExample("A question", {"body": "Is this *one* name?", "mentions": [SOMEBODY]})]
)
class CommentInput(StrictSerializer):
    """What somebody says, and whom it concerns."""

    body = serializers.CharField(
        max_length=MAX_BODY,
        trim_whitespace=False,
        help_text="Markdown, kept as you send it; we never render it.",
    )
    mentions = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=MAX_MENTIONS,
        help_text="Ids of members who see what it is on. They are told, whatever the body says.",
    )

    def validate_body(self, body: str) -> str:
        """Refuse a comment of blanks."""
        if not body.strip():
            raise serializers.ValidationError("Say something.", code="blank")
        return body

    def validate_mentions(self, mentions: list[Any]) -> list[Any]:
        """Keep each person once."""
        return list(dict.fromkeys(mentions))


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """What somebody did that concerns you: to a comment, or else to a set of yours."""

    actor = PersonSerializer()
    thread_id = serializers.SerializerMethodField()
    annotation_id = serializers.UUIDField(
        source="comment.annotation_id", default=None, allow_null=True
    )
    excerpt = serializers.SerializerMethodField()

    class Meta:
        model = Notification
        fields = (
            "id",
            "kind",
            "actor",
            "project_id",
            "document_id",
            "annotation_id",
            "annotation_set_id",
            "comment_id",
            "thread_id",
            "excerpt",
            "created_at",
            "read_at",
        )

    def get_thread_id(self, notification: Notification) -> str | None:
        """Return the comment that begins the thread."""
        comment = notification.comment
        return str(comment.parent_id or comment.pk) if comment else None

    def get_excerpt(self, notification: Notification) -> str:
        """Return how the comment begins, or the reason for which the set was returned."""
        comment, annotation_set = notification.comment, notification.annotation_set
        text = comment.body if comment else annotation_set.reason if annotation_set else ""
        return text[:EXCERPT]


class UnreadSerializer(serializers.Serializer[Any]):
    unread = serializers.IntegerField(help_text="At most 1,000 are counted.")


@extend_schema_serializer(examples=[OpenApiExample("All that was listed", {"up_to": SOMEBODY})])
class ReadInput(StrictSerializer):
    up_to = serializers.UUIDField(help_text="The newest notification that you have seen.")
