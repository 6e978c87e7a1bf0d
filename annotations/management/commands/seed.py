"""`manage.py seed`: a realistic project to look at, or a big one to measure on.

Both are the same for the same seed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotations.services import corpus, demo
from documents.errors import SlugTaken
from users.models import User

ACCOUNTS_FILE = "demo_accounts"


class Command(BaseCommand):
    """Make the demo and tell its accounts."""

    help = "Make a demo project with real files and annotators who disagree, or a big corpus."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--documents", type=int, default=26, help="how many documents")
        parser.add_argument("--annotators", type=int, default=3, help="how many annotators")
        parser.add_argument("--seed", type=int, default=1, help="what the rest depends on")
        parser.add_argument(
            "--annotations-per-document",
            type=int,
            help="make a big corpus instead, by COPY: plain English texts with as many spans each",
        )
        parser.add_argument(
            "--searchable", action="store_true", help="index the words of a big corpus, too"
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when anybody has an account"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and User.objects.exists():
            self.stdout.write("The database has accounts already: no demo is made.")
            return
        try:
            accounts = self._fill(options)
        except SlugTaken as problem:
            text = f"The demo of seed {options['seed']} is there already: choose another --seed."
            raise CommandError(text) from problem
        self._tell(accounts)

    def _fill(self, options: dict[str, Any]) -> list[demo.Account]:
        total, spans = options["documents"], options["annotations_per_document"]
        given = {name: options[name] for name in ("documents", "annotators", "seed")}
        if spans is None:
            return demo.fill(
                **given, tell=lambda number, name: self.stdout.write(f"{number}/{total} {name}")
            )
        return corpus.fill(
            **given,
            spans=spans,
            searchable=options["searchable"],
            tell=lambda number: self.stdout.write(f"{number}/{total}"),
        )

    def _tell(self, accounts: list[demo.Account]) -> None:
        """Print the accounts, and keep the new ones where the next start can tell them again."""
        width = max(len(account.email) for account in accounts)
        lines = [
            f"{account.email:{width}}  {account.password}  {account.role}\n"
            for account in accounts
            if account.password
        ]
        path = Path(settings.VAR_DIR) / ACCOUNTS_FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with path.open("a") as file:
            file.writelines(lines)
        self.stdout.write("New accounts of the demo:" if lines else "The accounts are as before.")
        self.stdout.write("".join(lines), ending="")
