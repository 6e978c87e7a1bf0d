"""Tickets that let who may read events listen to them: signed, for one project, for a minute.

They go in addresses, for browsers' EventSource sends no headers, and clients drop Authorization
when they are led to another origin.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core import signing

from config.api.problems import Unavailable
from documents.errors import TicketInvalid
from documents.services.event_feed import Interest
from users.models import AccessToken, User

LIFETIME = timedelta(minutes=1)
_SALT = "documents.live"


@dataclass(frozen=True)
class Ticket:
    """Whose listening it is, by which access token or sign-in, and to what."""

    project_id: UUID
    user_id: UUID
    token_id: UUID | None
    session_id: UUID | None
    interest: Interest

    @classmethod
    def of(cls, user: User, auth: Any, project_id: UUID, interest: Interest) -> Ticket:
        """Return the ticket of a request's user and what it was authenticated by."""
        token = auth.pk if isinstance(auth, AccessToken) else None
        session = user.session.pk if user.session else None
        return cls(project_id, user.pk, token, session, interest)

    def __str__(self) -> str:
        """Return it as one signed word."""
        told = asdict(self)
        return signing.dumps(_plain(told), salt=_SALT, compress=True)


def read_ticket(word: str, project_id: UUID) -> Ticket:
    """Return the ticket for a project; raises TicketInvalid."""
    try:
        told = signing.loads(word, salt=_SALT, max_age=LIFETIME)
    except signing.BadSignature as error:  # SignatureExpired is one
        raise TicketInvalid("Ask for another one.") from error
    ids = ("project_id", "user_id", "token_id", "session_id")
    project, user, token, session = (told[name] and UUID(told[name]) for name in ids)
    if project != project_id:
        raise TicketInvalid("It is for another project.")
    return Ticket(project, user, token, session, _interest(told["interest"]))


def address(ticket: Ticket, after: str) -> str:
    """Return where to listen from a place on; raises Unavailable on a site without."""
    if not settings.LIVE_URL:
        raise Unavailable("This site has no live stream (LIVE_URL); follow the events instead.")
    query = {"ticket": str(ticket)} | ({"after": after} if after else {})
    return f"{settings.LIVE_URL}/projects/{ticket.project_id}/events?{urlencode(query)}"


def _interest(told: dict[str, Any]) -> Interest:
    document, actor = (told[name] and UUID(told[name]) for name in ("document", "actor"))
    return Interest(tuple(told["actions"]), tuple(told["target_types"]), document, actor)


def _plain(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _plain(value) for name, value in told.items()}
    return str(told) if isinstance(told, UUID) else told
