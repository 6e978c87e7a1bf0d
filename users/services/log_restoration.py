"""Go on with the log after a backup was restored."""

from __future__ import annotations

from django.db import connection, transaction

from users.feed import RESTORATIONS
from users.models import Event
from users.services.events import record_fact

FOREVER = 1  # a transaction that is over in every snapshot


@transaction.atomic
def declare_restored() -> int:
    """Have readers of the log begin anew, and return how many events were from the future.

    A new cluster numbers its transactions from the beginning: events of a dump bear numbers that
    it has not come to, and nobody would be shown them. They become as old as can be. What readers
    hold as their place belongs to the former counting, and is told to be gone.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        [present] = cursor.fetchone()
    moved = Event.objects.filter(transaction__gte=present).update(transaction=FOREVER)
    record_fact(
        actor=None,
        action="log.restored",
        target_type="log",
        target_id=RESTORATIONS,
        told={"moved": moved},
    )
    return moved
