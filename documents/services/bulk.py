"""Take many texts in at once, each with an end of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from documents.errors import InvalidDocument
from documents.intake import Ended, Known, NewDocument, Outcome, take_in
from documents.models import Project
from users.models import User

Fields = dict[str, Any]


@transaction.atomic
def create_documents(
    *, actor: User, project: Project, items: Sequence[Fields | InvalidDocument], on_known: str
) -> list[Outcome]:
    """Take texts in with a constant number of statements; the good are kept, the bad are told.

    An item that is not valid is given as its problem. Raises QuotaExceeded, and keeps nothing.
    """
    texts = [_new_document(**item) for item in items if not isinstance(item, InvalidDocument)]
    taken = iter(take_in(actor=actor, project=project, items=texts, known=Known(on_known)))
    return [
        Outcome(Ended.REFUSED, problem=item) if isinstance(item, InvalidDocument) else next(taken)
        for item in items
    ]


def _new_document(text: str, media_type: str, **properties: Any) -> NewDocument:
    return NewDocument(text=text, media_type=media_type, properties=properties)
