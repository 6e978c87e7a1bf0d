"""`manage.py index_substrings`: find any part of a word among any number of documents."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from documents.services import search


class Command(BaseCommand):
    """Make the indexes, or drop them."""

    help = (
        "Index parts of words, while people work. It more than doubles what a document costs to "
        "index, so searches for substrings read up to 20,000 documents each without it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--drop", action="store_true", help="drop the indexes")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["drop"]:
            search.forget_substrings()
            self.stdout.write("Substrings are indexed no more.")
            return
        search.index_substrings()
        self.stdout.write("Substrings are indexed.")
