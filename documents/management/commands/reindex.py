"""`manage.py reindex`: make documents findable that were there before the search was."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from documents.models import Project
from documents.services import search


class Command(BaseCommand):
    """Index and tell how far it is."""

    help = "Index documents for searching, in batches, while people work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", metavar="SLUG", help="only this project's")
        parser.add_argument(
            "--all", action="store_true", help="also those that are indexed, e.g. after an upgrade"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        slug, project_id = options["project"], None
        if slug:
            project_id = (
                Project.objects.live().filter(slug=slug).values_list("pk", flat=True).first()
            )
            if project_id is None:
                raise CommandError(f"There is no project {slug!r}.")
        done = 0
        for done in search.reindex(project_id=project_id, everything=options["all"]):
            self.stdout.write(f"{done} documents")
        self.stdout.write(f"Indexed {done} documents.")
