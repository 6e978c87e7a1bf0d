"""Take many documents in with a constant number of statements."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from documents.intake.batch import Batch
from documents.intake.identity import taken_identity
from documents.intake.items import Known, NewDocument, Outcome
from documents.models import Project
from users.models import User


def take_in(
    *,
    actor: User | None,
    project: Project,
    items: Sequence[NewDocument],
    known: Known,
    is_announced: bool = False,
) -> list[Outcome]:
    """Take in up to BULK_MAX_ITEMS documents in the caller's transaction; outcomes in order.

    Items follow each other: with the same external_id, the later one meets the earlier one's
    document as a known one. What does not fit is told by item, the rest is kept. Files wait for
    the sweep, unless the caller sends their tasks (`is_announced`).

    Raises QuotaExceeded, and keeps nothing then.
    """
    assert connection.in_atomic_block, "what is taken in belongs to the caller's transaction"
    assert len(items) <= settings.BULK_MAX_ITEMS
    announced_at = timezone.now() if is_announced else None
    try:
        return _try(actor, Batch(project, known, announced_at), items)
    except DatabaseError as error:
        if not _is_collision(error):
            raise
    # Somebody came in between. Again from the start, with what they brought among the known.
    return _try(actor, Batch(project, known, announced_at), items, alone=True)


@transaction.atomic
def foresee(*, project: Project, items: Sequence[NewDocument], known: Known) -> list[Outcome]:
    """Return what taking the items in would come to, and take none in; quotas are not asked."""
    batch = Batch(project, known, None)
    batch.open(items, alone=False)
    return [batch.take(item) for item in items]


@transaction.atomic
def _try(
    actor: User | None, batch: Batch, items: Sequence[NewDocument], *, alone: bool = False
) -> list[Outcome]:
    batch.open(items, alone=alone)
    outcomes = [batch.take(item) for item in items]
    batch.changes.write(actor)
    return outcomes


def _is_collision(error: DatabaseError) -> bool:
    """Return whether another transaction's documents stood in the way."""
    return bool(taken_identity(error)) or isinstance(error.__cause__, DeadlockDetected)
