"""What happens in a project, to be read on or listened to; and the history of one resource."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from config.api.views import ListMixin
from documents.models import Document
from documents.serializers.events import (
    EventPageSerializer,
    FeedQuery,
    HistorySerializer,
    StreamQuery,
    TicketSerializer,
)
from documents.services.event_feed import NOW, history_of, place_of, read_events
from documents.services.live_tickets import LIFETIME, Ticket, address
from documents.views.in_project import InProjectViewSet
from users.models import Event

INTEREST = frozenset({"action", "target_type", "document", "actor"})
LAST_EVENT_ID = OpenApiParameter(
    "Last-Event-ID", str, OpenApiParameter.HEADER, description="As `after`, and before it."
)


class EventViewSet(InProjectViewSet):
    """The log of a project, for those who keep up with it."""

    queryset = Event.objects.none()
    serializer_class = EventPageSerializer
    is_versioned = False
    is_replicated = False  # snapshots of a replica do not tell which transactions are under way
    is_list = frozenset[str]()
    query_parameters = {
        "feed": INTEREST | {"after", "limit"},
        "stream": INTEREST | {"after"},
        "ticket": INTEREST | {"after"},
    }
    repeatable_parameters = frozenset({"action", "target_type"})
    requires = {"feed": "event.read", "stream": "event.read", "ticket": "event.read"}
    unkept = frozenset({"url"})
    tag = "events"

    @extend_schema(parameters=[FeedQuery], responses=EventPageSerializer)
    def feed(self, request: Request, project_id: UUID) -> Response:
        """Read what has happened after a place: each event once, none before its cause.

        Who goes on from `cursor` gets every change that was committed, whatever else was under
        way, and so has exactly what the project has. Deletions are events too.
        """
        project, asked = self.project(), self.queried(FeedQuery)
        page = read_events(
            user=self.user,
            project_id=project.pk,
            interest=FeedQuery.interest(asked),
            after=place_of(asked["after"]),
            limit=asked["limit"],
        )
        return Response(self.represent(page))

    @extend_schema(
        parameters=[StreamQuery, LAST_EVENT_ID],
        responses={
            307: OpenApiResponse(description="The stream is at `Location`, with a ticket."),
            (200, "text/event-stream"): OpenApiResponse(
                {"type": "string"}, description="What `Location` answers, as events come."
            ),
        },
    )
    def stream(self, request: Request, project_id: UUID) -> Response:
        """Listen to what happens: server-sent events, each as in the feed, `id` its cursor.

        Redirects are followed by nearly every client; which cannot, asks for a ticket.
        """
        url = self._address()
        return Response(status=status.HTTP_307_TEMPORARY_REDIRECT, headers={"Location": url})

    @extend_schema(request=None, parameters=[StreamQuery], responses={201: TicketSerializer})
    def ticket(self, request: Request, project_id: UUID) -> Response:
        """Get an address at which to listen, for a browser's EventSource: it sends no headers."""
        told = {"url": self._address(), "expires_in": int(LIFETIME.total_seconds())}
        return Response(TicketSerializer(told).data, status=status.HTTP_201_CREATED)

    def _address(self) -> str:
        project, asked = self.project(), self.queried(StreamQuery)
        after = self.request.headers.get("Last-Event-ID") or asked["after"] or NOW
        place = place_of(after)
        interest = StreamQuery.interest(asked)
        return address(Ticket.of(self.user, self.request.auth, project.pk, interest), str(place))


class HistoryViewSet(ListMixin, InProjectViewSet):
    """What has happened to one resource, deleted or not; `target` is its model."""

    queryset = Event.objects.none()
    serializer_class = HistorySerializer
    orderings = {"at": "id"}
    default_ordering = "-at"
    target: ClassVar[Any]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Read who changed what and when, latest first, as the differences."""
        response: Response = super().list(request, *args, **kwargs)
        return response

    def get_queryset(self) -> QuerySet[Any]:
        target = self.allowed(self.target.objects.visible_to(self.user), "pk")
        return self.shown(history_of(target), target)

    def shown(self, rows: QuerySet[Any], target: Any) -> QuerySet[Any]:
        """Return which events of a resource are shown to who sees it: all, unless it says."""
        return rows


class DocumentHistoryViewSet(HistoryViewSet):
    """What has happened to a document, but for what is said of it."""

    target = Document
    requires = {"list": "document.read"}
    tag = "documents"
