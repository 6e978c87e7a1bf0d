"""Files of archives and places on their way to be documents, batch by batch."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import IO, Any, NamedTuple
from uuid import UUID

from django.conf import settings

from annotations.jobs.importing.batch import Batch, Prepared
from annotations.jobs.importing.order import ImportOrder
from annotations.jobs.importing.shelf import FILES, STORING, Shelf
from annotations.jobs.importing.writing import Pair, write
from documents.ingest.archives.names import display_name
from documents.intake import Ended, Known, NewDocument, StoredSource
from documents.jobs import Turn
from documents.models import Document, JobError
from users.copying import change_rows

# A batch ends at whichever comes first: files stored, files looked at, bytes stored, seconds.
LOOKED_AT = settings.BULK_MAX_ITEMS
BYTES = 64_000_000
SECONDS = 5.0
EXTERNAL_ID, NAME = 255, 255
DIGEST = 16
_TAGGED = frozenset({Ended.CREATED, Ended.REVISED, Ended.UNCHANGED})


class KnownFile(NamedTuple):
    """A document that has a file's external_id, the file's content that it has, and its tag."""

    pk: UUID
    sha256: str
    tag: str


def known_files(turn: Turn, paths: Iterable[str]) -> dict[str, KnownFile]:
    """Return the project's live documents of files, by their paths."""
    ids = {external_id(path): path for path in paths}
    rows = Document.objects.live().filter(project=turn.job.project, external_id__in=ids)
    told = rows.values_list("external_id", "pk", "sha256", "source_tag")
    return {ids[found]: KnownFile(*rest) for found, *rest in told}


def external_id(path: str) -> str:
    """Return a file's path, one that is too long with a digest of it for its end."""
    if len(path) <= EXTERNAL_ID:
        return path
    digest = hashlib.sha256(path.encode()).hexdigest()[:DIGEST]
    return f"{path[: EXTERNAL_ID - DIGEST - 1]}~{digest}"


class Files:
    """Takes files in one by one, and writes them batch by batch."""

    def __init__(self, turn: Turn, order: ImportOrder, shelf: Shelf) -> None:
        self._turn, self._order, self._shelf = turn, order, shelf
        self._begin()

    def _begin(self) -> None:
        self._batch, self._bytes = Batch(), 0
        self._tags: dict[UUID, str] = {}
        self._ends = time.monotonic() + SECONDS

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to write."""
        return not self._batch.done

    @property
    def is_full(self) -> bool:
        """Return whether the batch is to be written now."""
        stored, looked_at = len(self._batch.prepared), self._batch.done
        is_much = stored == FILES or looked_at >= LOOKED_AT or self._bytes > BYTES
        return is_much or time.monotonic() > self._ends

    def refuse(self, path: str, code: str, detail: str, field: str = "") -> None:
        """Note why a file is no document."""
        error = JobError(entry=path, field=field, code=code, detail=detail)
        self._batch.errors.append(error)
        self._end(Ended.REFUSED)

    def leave(self, path: str, known: KnownFile, tag: str = "") -> bool:
        """Leave a file whose document is known, unless the policy is to look into it."""
        if self._order.policy is Known.NEW_REVISION and (not tag or tag != known.tag):
            return False
        if self._order.policy is Known.ERROR:
            detail = f"The external_id {external_id(path)!r} belongs to document {known.pk}."
            self.refuse(path, "external_id_taken", detail, "external_id")
        else:
            skips = self._order.policy is Known.SKIP
            self._end(Ended.SKIPPED if skips else Ended.UNCHANGED)
        return True

    def take(
        self, path: str, content: IO[bytes], size: int, known: KnownFile | None, tag: str = ""
    ) -> None:
        """Take a file in, from its beginning; one that has not changed is left as it is."""
        digest = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
        if known and known.sha256 == digest:
            self._tags[known.pk] = tag
            self._end(Ended.UNCHANGED)
            return
        content.seek(0)
        stored_as = "" if self._order.dry_run else self._shelf.store(content)
        name = PurePosixPath(display_name(path)).name[:NAME]
        item = NewDocument(
            source=StoredSource(stored_as, name, size, digest),
            properties={"external_id": external_id(path)},
        )
        self._batch.prepared.append(Prepared(item, entry=path, tag=tag))
        self._batch.done += 1
        self._bytes += size

    def write(self, cursor: dict[str, Any]) -> None:
        """Write the batch; the next one begins at the cursor."""
        batch, kept = self._batch, self._turn.job.cursor
        batch.cursor = {**kept, **cursor, STORING: self._shelf.reserve()}
        with self._turn.step() as step:
            pairs = write(batch, self._order, step)
            self._shelf.sort(pairs)
            if not self._order.dry_run:
                self._write_tags(pairs)
        self._shelf.settle()
        self._begin()

    def _end(self, ended: Ended) -> None:
        self._batch.done += 1
        self._batch.counts[ended] += 1

    def _write_tags(self, pairs: list[Pair]) -> None:
        """Note what the place calls the contents that the documents have now."""
        for prepared, outcome in pairs:
            if outcome.document and outcome.ended in _TAGGED:
                self._tags[outcome.document.pk] = prepared.tag
        rows = [Document(pk=pk, source_tag=tag) for pk, tag in self._tags.items() if tag]
        change_rows(rows, ["source_tag"])
