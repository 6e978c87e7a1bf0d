"""What the live process asks the database, each in a thread: who may listen, and what there is."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db import connection
from rest_framework.exceptions import PermissionDenied

from config.api.renderers import PlainJSONRenderer
from documents.errors import PositionGone, TicketInvalid
from documents.models import Project
from documents.permissions import require
from documents.serializers.events import FollowedEventSerializer
from documents.services.event_feed import Place, read_events
from documents.services.live_tickets import Ticket
from users import feed
from users.feed import Position
from users.models import AccessToken, Event, LoginSession, User
from users.permissions import lacks_second_factor
from users.services.sign_ins import is_alive

AT_ONCE = 100  # events
Result = TypeVar("Result")


class Batch(NamedTuple):
    """Events as they are sent, the place after them, and whether there are more."""

    text: bytes
    place: Place
    has_more: bool


def with_connection(call: Callable[[], Result]) -> Result:
    """Return what a call returns that asks the database, whose connection is given back."""
    try:
        return call()
    finally:
        connection.close()


def admitted(ticket: Ticket) -> User:
    """Return whose ticket it is; raises TicketInvalid where that ends here.

    It is asked again as long as somebody listens, so whoever is removed, signs out, or loses their
    role or token hears no more.
    """
    user = _by_token(ticket) if ticket.token_id else _by_session(ticket)
    if user is None or user.pk != ticket.user_id or lacks_second_factor(user):
        raise TicketInvalid("The token or sign-in behind it has ended.")
    if not Project.objects.visible_to(user).live().filter(pk=ticket.project_id).exists():
        raise TicketInvalid("There is no such project, or not for you.")
    try:
        require(user, "event.read", ticket.project_id)
    except PermissionDenied as error:
        raise TicketInvalid(str(error)) from error
    return user


def read(ticket: Ticket, after: Place, until: Place) -> Batch:
    """Return what there is for a listener; raises what `admitted` raises, and PositionGone."""
    if after.epoch != until.epoch:
        raise PositionGone("Read everything anew, from the beginning.")
    page = read_events(
        user=admitted(ticket),
        project_id=ticket.project_id,
        interest=ticket.interest,
        after=after,
        limit=AT_ONCE,
        until=until,
    )
    text = b"".join(_message(event, cursor) for event, cursor in page.events)
    return Batch(text, page.place, page.has_more)


def projects_with_news(
    projects: Collection[UUID], position: Position | None
) -> tuple[set[UUID], Position]:
    """Return which of the projects have events past a position, and the one past them now."""
    if position is None:
        return set(projects), feed.now()
    rows, now = feed.news(Event.objects.filter(project_id__in=projects), position)
    found: Any = rows.values_list("project_id", flat=True).distinct()
    return set(found), now


def _by_token(ticket: Ticket) -> User | None:
    tokens = AccessToken.objects.select_related("user")
    token = tokens.filter(pk=ticket.token_id).first()
    if token is None or not token.is_good:
        return None
    user: User = token.user
    user.grant = token.grant
    return user


def _by_session(ticket: Ticket) -> User | None:
    sessions = LoginSession.objects.select_related("user")
    session = sessions.filter(pk=ticket.session_id).first()
    if session is None or not is_alive(session):
        return None
    user: User = session.user
    user.session = session
    return user


def _message(event: Event, cursor: str) -> bytes:
    """Return an event in the format of server-sent events; JSON has no line breaks."""
    shown = FollowedEventSerializer().to_representation((event, cursor))
    told = PlainJSONRenderer().render(shown)
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (cursor.encode(), event.action.encode(), told)
