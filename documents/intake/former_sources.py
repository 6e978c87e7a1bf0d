"""Keep the file that a text was made of with that text, when the document gets another one."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.core.files.storage import Storage
from django.db import transaction

from documents.models import Document, Revision
from users.copying import change_rows


class Former(NamedTuple):
    """A file that a document gives up, and the text that was the present one until then."""

    revision_id: UUID | None
    storage: Storage
    stored_as: str
    name: str
    size: int


def former_source(document: Document) -> Former | None:
    """Return the file that a (locked) document has, before it is given another one."""
    source = document.source
    if not source.name:
        return None
    size, name = document.source_size, document.source_name
    return Former(document.revision_id, source.storage, source.name, name, size)


def keep_former_sources(given_up: Collection[Former]) -> int:
    """Note files on the texts that they belong to, and return how many bytes less are kept.

    A file of which no text was ever made goes, once the transaction is committed.
    """
    texts = [
        Revision(
            pk=one.revision_id,
            source=one.stored_as,
            source_name=one.name,
            source_size=one.size,
        )
        for one in given_up
        if one.revision_id
    ]
    change_rows(texts, ("source", "source_name", "source_size"))
    unread = [one for one in given_up if not one.revision_id]
    for one in unread:
        transaction.on_commit(partial(one.storage.delete, one.stored_as), robust=True)
    return sum(one.size for one in unread)


def keep_former_source(document: Document) -> int:
    """Do so for one document, before it is given another file."""
    former = former_source(document)
    return keep_former_sources([former]) if former else 0
