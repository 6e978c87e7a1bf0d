"""Make, rename and revoke access tokens, find them by their text, and note their use."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from config.api.concurrency import Precondition
from users.compiled import Compiled, hole
from users.errors import SignInEnded, TooManyTokens, UnknownProject
from users.models import AccessToken, Event, User
from users.services.events import record, record_fact
from users.token_format import ACCESS, HINT_LENGTH, digest, new_token

MOST_LIVE = 100
NOTED_EVERY = timedelta(minutes=1)
REFUSAL_TOLD_EVERY = timedelta(hours=1)
_BY_DIGEST = Compiled(
    lambda: AccessToken.objects.select_related("user").filter(digest=str(hole("digest")))
)


@dataclass(frozen=True)
class Visit:
    """Where a request came from, as the log tells it."""

    address: str
    user_agent: str

    @classmethod
    def of(cls, request: HttpRequest | Request) -> Visit:
        """Return it of a request; ClientAddressMiddleware has made sure of the address."""
        return cls(request.META["REMOTE_ADDR"], request.headers.get("User-Agent", "")[:200])


@transaction.atomic
def create_token(
    *, actor: User, user: User, project_id: UUID | None = None, **fields: Any
) -> tuple[AccessToken, str]:
    """Make a token of a person or service account; return it and its text, which is not kept.

    Raises TooManyTokens, UnknownProject for one that the user does not see, and SignInEnded.
    """
    _hold(actor, user)
    if AccessToken.objects.live().filter(user=user).count() >= MOST_LIVE:
        raise TooManyTokens(f"There may be {MOST_LIVE} in use; revoke one first.")
    # Every project has members, whom those see who see it; projects themselves lie above.
    memberships = user.memberships.model.objects.visible_to(user)
    if project_id and not memberships.filter(project=project_id).exists():
        raise UnknownProject
    text = new_token(ACCESS)
    token = AccessToken.objects.create(
        user=user, project_id=project_id, digest=digest(text), hint=text[:HINT_LENGTH], **fields
    )
    _record(actor, "access_token.created", token)
    return token, text


def _hold(actor: User, user: User) -> None:
    """Lock both, so that two tokens are not both the last one, and see who asks once more.

    A change of the password revokes what there is: a token must not be made while that waits for
    the same rows, by a sign-in that it ends.
    """
    rows = User.objects.select_for_update().order_by("pk").filter(pk__in={actor.pk, user.pk})
    held = {row.pk: row for row in rows}
    if held[actor.pk].token_version != actor.token_version:
        raise SignInEnded("Sign in again.")


@transaction.atomic
def rename_token(
    *, actor: User, token: AccessToken, precondition: Precondition, name: str
) -> AccessToken:
    """Call a token otherwise; raises StaleVersion."""
    current = _locked(token, precondition)
    before = current.snapshot()
    current.name = name
    current.save_new_version()
    _record(actor, "access_token.updated", current, before)
    return current


@transaction.atomic
def revoke_token(*, actor: User, token: AccessToken, precondition: Precondition) -> None:
    """End a token for good, at once; ending it again is harmless. Raises StaleVersion."""
    current = _locked(token, precondition)
    if current.revoked_at is None:
        _revoke(actor, current)


@transaction.atomic
def revoke_all(*, actor: User, user: User) -> None:
    """End every token of somebody, also those that have expired, so that nothing revives them."""
    for token in AccessToken.objects.select_for_update().filter(user=user, revoked_at=None):
        _revoke(actor, token)


def find(text: str) -> AccessToken | None:
    """Return the token of which this is the text, with its user, be it good or not."""
    return _BY_DIGEST.first(digest=digest(text))


def note_use(*, token: AccessToken, visit: Visit) -> None:
    """Keep the time of a use, to the minute; log the first one of each hour."""
    last = token.last_used_at
    if last is None or timezone.now() - last >= NOTED_EVERY:
        _note_use(token, visit)


@transaction.atomic
def _note_use(token: AccessToken, visit: Visit) -> None:
    now, last = timezone.now(), token.last_used_at
    unnoted = Q(last_used_at=None) | Q(last_used_at__lte=now - NOTED_EVERY)
    noted = AccessToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)
    if noted and (last is None or _hour(last) != _hour(now)):
        _record_visit("access_token.used", token, visit)


@transaction.atomic
def note_refusal(*, token: AccessToken, visit: Visit) -> None:
    """Log that an ended token was tried: once an hour, however often it is."""
    lock = AccessToken.objects.select_for_update(skip_locked=True)  # else another is logging it
    since = timezone.now() - REFUSAL_TOLD_EVERY
    told = Event.objects.filter(target_id=token.pk, action="access_token.refused", at__gt=since)
    if lock.filter(pk=token.pk).first() and not told.exists():
        _record_visit("access_token.refused", token, visit)


def _locked(token: AccessToken, precondition: Precondition) -> AccessToken:
    rows = AccessToken.objects.select_for_update(of=("self",)).select_related("user")
    current: AccessToken = rows.get(pk=token.pk)
    precondition.check(current)
    return current


def _revoke(actor: User, token: AccessToken) -> None:
    before = token.snapshot()
    token.revoked_at = timezone.now()
    token.save_new_version()
    _record(actor, "access_token.revoked", token, before)


def _record(
    actor: User, action: str, token: AccessToken, before: dict[str, Any] | None = None
) -> None:
    record(actor=actor, action=action, target=token, project_id=_project_of(token), before=before)


def _record_visit(action: str, token: AccessToken, visit: Visit) -> None:
    record_fact(
        actor=token.user,
        action=action,
        target_type="accesstoken",
        target_id=token.pk,
        told={"hint": token.hint, **asdict(visit)},
        project_id=_project_of(token),
    )


def _project_of(token: AccessToken) -> UUID | None:
    """Return whose log it stands in: a person's tokens are nobody else's business."""
    return token.project_id if token.user.is_service else None


def _hour(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)
