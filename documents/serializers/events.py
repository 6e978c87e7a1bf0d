"""What goes in and out of the feed of events, and the history of one resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.api.pagination import DEFAULT_LIMIT, MAX_LIMIT
from documents.services.event_feed import Interest
from users.models import Event
from users.serializers.events import EventSerializer

CURSOR = "A place in the feed, from `cursor`; it is good under any filters, for ever."
# What differs at every change and says nothing, or is told elsewhere.
NOISE = frozenset({"id", "version", "created_at", "updated_at"})


class InterestQuery(serializers.Serializer[Any]):
    action = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=50,
        help_text="One, as `annotation.created`, or all of a kind, as `annotation`; repeatable.",
    )
    target_type = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        max_length=50,
        help_text="What was changed, as `annotation` or `annotationset`; repeatable.",
    )
    document = serializers.UUIDField(
        required=False, help_text="Of this document and what is said of it."
    )
    actor = serializers.UUIDField(required=False, help_text="What this person did.")

    @staticmethod
    def interest(asked: dict[str, Any]) -> Interest:
        """Return what the query asks for."""
        actions, types = asked.get("action", ()), asked.get("target_type", ())
        return Interest(tuple(actions), tuple(types), asked.get("document"), asked.get("actor"))


class FeedQuery(InterestQuery):
    after = serializers.CharField(
        required=False,
        default="",
        help_text=f"{CURSOR} `now`: from now on. Without it: from the beginning.",
    )
    limit = serializers.IntegerField(
        required=False,
        default=DEFAULT_LIMIT,
        min_value=1,
        max_value=MAX_LIMIT,
        help_text=f"Events at once; {DEFAULT_LIMIT} unless told.",
    )


class StreamQuery(InterestQuery):
    after = serializers.CharField(
        required=False, default="", help_text=f"{CURSOR} Without it: from now on."
    )


class FollowedEventSerializer(EventSerializer):
    """An event in the feed; `cursor` is the place after it."""

    cursor = serializers.CharField(read_only=True, help_text=CURSOR)

    class Meta(EventSerializer.Meta):
        fields: tuple[str, ...] = ("cursor", *EventSerializer.Meta.fields)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Show an event that is given as (event, cursor)."""
        event, cursor = instance
        event.cursor = cursor
        return super().to_representation(event)


class EventPageSerializer(serializers.Serializer[Any]):
    results = FollowedEventSerializer(many=True, source="events")
    cursor = serializers.CharField(
        source="place", help_text="The place after all of them: where to go on."
    )
    has_more = serializers.BooleanField(help_text="Whether to ask again at once.")


class TicketSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="Where to listen, with the ticket in it: a secret.")
    expires_in = serializers.IntegerField(help_text="Seconds within which to begin.")


class FieldChangeSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()


class HistorySerializer(serializers.ModelSerializer[Event]):
    """One change of a resource, as what it changed."""

    actor = serializers.UUIDField(
        source="actor_id", allow_null=True, help_text="Null: the system did it."
    )
    version = serializers.SerializerMethodField(help_text="The resource's, after the change.")
    changes = serializers.SerializerMethodField(
        help_text="By name of the column. Offsets are code points."
    )
    transaction = serializers.IntegerField(help_text="What was changed together has the same one.")
    undoes = serializers.IntegerField(
        allow_null=True, help_text="The `transaction` whose changes are taken back by this."
    )

    class Meta:
        model = Event
        fields = (
            "id",
            "at",
            "action",
            "actor",
            "request_id",
            "transaction",
            "undoes",
            "version",
            "changes",
        )

    @extend_schema_field({"type": ["integer", "null"]})
    def get_version(self, event: Event) -> int | None:
        """Return the version that the change made."""
        version: int | None = (event.after or {}).get("version")
        return version

    @extend_schema_field(FieldChangeSerializer(many=True))
    def get_changes(self, event: Event) -> list[dict[str, Any]]:
        """Return what differs."""
        return list(_changes(event.before or {}, event.after or {}))


def _changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in sorted((before.keys() | after.keys()) - NOISE):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield {"field": name, "before": old, "after": new}
