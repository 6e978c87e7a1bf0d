"""`manage.py declare_restored`: go on with the event log of a database that was restored."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from users.services.log_restoration import declare_restored


class Command(BaseCommand):
    """Say how much was mended."""

    help = "After a backup was restored: show all events again, and void what readers hold."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{declare_restored()} events were from the future; they are shown now.")
        self.stdout.write("Who follows events is told to begin anew.")
