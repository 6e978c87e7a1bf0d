"""What is taken in, by which policy, and how each item ended."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from config.api.problems import Problem
from documents.ingest import Extraction, describe_text, storable
from documents.models import Document

# Sentences of texts no longer than this are not kept: they follow from the text, in less than a
# hundredth of a second, and to find and store them was a fifth of what a text cost.
FOUND_WHEN_ASKED = 20_000


class Known(StrEnum):
    """What happens to an item whose external_id a live document of the project has already.

    - `error`: the item is refused.
    - `skip`: the document stays as it is.
    - `update`: the given properties change, the text does not.
    - `new_revision`: the given properties change, and another text becomes a new revision.
    """

    ERROR = "error"
    SKIP = "skip"
    UPDATE = "update"
    NEW_REVISION = "new_revision"


class Ended(StrEnum):
    """How an item ended; `unchanged` where nothing differed, `refused` with a problem."""

    CREATED = "created"
    UPDATED = "updated"
    REVISED = "revised"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(frozen=True)
class StoredSource:
    """A file that is in the storage already under `stored_as`; `sha256` in hexadecimal.

    Where no document takes it (see Outcome), it is the caller's to delete. What `is_charged`
    was held against the quota before, as resumable uploads are.
    """

    stored_as: str
    file_name: str
    size: int
    sha256: str
    is_charged: bool = False


@dataclass(frozen=True, kw_only=True)
class NewDocument:
    """A document to be: a text, which is ready at once, or else a stored file to be processed.

    `properties` are those that were given, as DocumentProperties validates them: external_id,
    title, language, split, tags, metadata, iri. What is not given is not changed by an update.
    """

    text: str = ""
    source: StoredSource | None = None
    media_type: str = "text/plain"
    extraction_options: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def external_id(self) -> str | None:
        """Return the external_id, if one is given."""
        external_id: str | None = self.properties.get("external_id")
        return external_id

    @cached_property
    def sha256(self) -> str:
        """Return the SHA-256 of the file, or of the text as it will be stored, in UTF-8."""
        if self.source:
            return self.source.sha256
        return hashlib.sha256(storable(self.text)[0].encode()).hexdigest()

    @cached_property
    def extraction(self) -> Extraction:
        """Return the text with its layout; worth asking for before the transaction begins."""
        return describe_text(
            self.text,
            self.media_type,
            in_known_language=bool(self.properties.get("language")),
            with_sentences=len(self.text) > FOUND_WHEN_ASKED,
        )

    @property
    def title(self) -> str:
        """Return the title given, or else a name for the document."""
        given = self.properties.get("title") or (self.source and self.source.file_name)
        if given:
            return str(given)
        first_line = self.text.strip().partition("\n")[0].strip()[:80]
        return storable(first_line)[0] or "Untitled"


@dataclass(frozen=True)
class Outcome:
    """How one item ended: its document as it is now, or the problem that refused it.

    A document that was known may have its revision's text and layout deferred.
    """

    ended: Ended
    document: Document | None = None
    problem: Problem | None = None
