"""Follow what happens in a project: the events that somebody sees, and from which place on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from config.api.problems import InvalidQuery
from documents.errors import PositionGone
from users import feed
from users.feed import START, InvalidPosition, Position
from users.models import Event, Resource, User

NOW = "now"


@dataclass(frozen=True)
class Interest:
    """Which events of a project are asked for; what is empty leaves nothing out."""

    actions: tuple[str, ...] = ()
    target_types: tuple[str, ...] = ()
    document: UUID | None = None
    actor: UUID | None = None

    def among(self, rows: QuerySet[Event]) -> QuerySet[Event]:
        """Keep what is asked for; an action is one, or all of a kind."""
        of_actions = Q()
        for action in self.actions:
            of_actions |= Q(action=action) | Q(action__startswith=f"{action}.")
        rows = rows.filter(of_actions)
        if self.target_types:
            rows = rows.filter(target_type__in=self.target_types)
        if self.document:
            itself = Q(target_type="document", target_id=self.document)
            rows = rows.filter(itself | Q(document_id=self.document))
        return rows.filter(actor=self.actor) if self.actor else rows


@dataclass(frozen=True)
class Place:
    """A place in the log as clients hold it: void once the log is counted otherwise."""

    epoch: str
    position: Position

    def __str__(self) -> str:
        return f"{self.epoch}.{self.position}"


@dataclass(frozen=True)
class Page:
    """Some events, each with the cursor after it, and the place after all of them."""

    events: list[tuple[Event, str]]
    place: Place
    has_more: bool


def present() -> Place:
    """Return the place after all that is committed by now."""
    return Place(feed.epoch(), feed.now())


def place_of(cursor: str) -> Place:
    """Return the place that a cursor names: "" is the beginning, `now` the end.

    Raises InvalidQuery, and PositionGone for a place in a log that was restored since.
    """
    if cursor == NOW:
        return present()
    epoch = feed.epoch()
    if not cursor:
        return Place(epoch, START)
    of_epoch, _, word = cursor.partition(".")
    try:
        position = Position.read(word)
    except InvalidPosition as error:
        raise InvalidQuery("after", f"Expected a cursor of this feed, or {NOW}.") from error
    if of_epoch != epoch:
        raise PositionGone("Read everything anew, from the beginning.")
    return Place(epoch, position)


def history_of(target: Resource) -> QuerySet[Event]:
    """Return what happened to a resource, for who has found it among what they see."""
    name = target._meta.model_name  # noqa: SLF001 - Django's public API
    return Event.objects.filter(target_id=target.pk, target_type=name)


def read_events(
    *,
    user: User,
    project_id: UUID,
    interest: Interest,
    after: Place,
    limit: int,
    until: Place | None = None,
) -> Page:
    """Return what the user sees of a project's next events, at most to the place `until`."""
    rows = Event.objects.visible_to(user).filter(project_id=project_id)
    upto = until.position if until else None
    found, position = feed.read(interest.among(rows), after.position, limit, upto)
    events = [(event, str(Place(after.epoch, each))) for event, each in found]
    return Page(events, Place(after.epoch, position), len(found) == limit)
