"""The pieces of a resumable upload in the storage: read as one file, used once, removed."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import accumulate
from typing import IO, Any
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from documents.errors import SourceMissing, UploadUsed
from documents.models import Upload
from documents.usage import charge
from users.models import User
from users.services.events import record

BUFFER = 1 << 20
FORGOTTEN_AT_ONCE = 500


class JoinedFile(File):  # type: ignore[type-arg] # no generic at run time
    """A finished upload as one seekable file, streamed from its pieces; raises SourceMissing."""

    def __init__(self, upload: Upload) -> None:
        super().__init__(io.BufferedReader(PiecesReader(upload.pieces), BUFFER), upload.name)
        self.upload, self.size = upload, upload.length


class PiecesReader(io.RawIOBase):
    """The bytes of `[[name, size], …]` one after another, with one piece open at a time."""

    def __init__(self, pieces: list[list[Any]]) -> None:
        self.names = [name for name, _ in pieces]
        self.starts = [0, *accumulate(size for _, size in pieces)]
        self.position = 0
        self.at: int | None = None
        self.piece: IO[bytes] | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position."""
        starts = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.starts[-1]}
        if starts[whence] + offset != self.position:
            self._put_away()
            self.position = max(0, starts[whence] + offset)
        return self.position

    def readinto(self, buffer: Any) -> int:
        """Read on into the buffer, at most to the end of a piece; return how much came."""
        if self.position >= self.starts[-1]:
            return 0
        index = bisect_right(self.starts, self.position) - 1
        left = self.starts[index + 1] - self.position
        part = self._piece(index).read(min(left, len(buffer)))
        if not part:
            raise SourceMissing("A piece of the upload is shorter than it was.")
        buffer[: len(part)] = part
        self.position += len(part)
        return len(part)

    def close(self) -> None:
        """Close the piece that is open."""
        self._put_away()
        super().close()

    def _piece(self, index: int) -> IO[bytes]:
        if self.piece is None or self.at != index:
            self._put_away()
            try:
                self.piece = default_storage.open(self.names[index], "rb")
            except FileNotFoundError as error:
                raise SourceMissing("A piece of the upload is gone.") from error
            self.piece.seek(self.position - self.starts[index])
            self.at = index
        return self.piece

    def _put_away(self) -> None:
        if self.piece is not None:
            self.piece.close()
            self.piece = None


def folder_of(upload: Upload) -> str:
    """Return where all pieces of an upload are kept, those too that a dead process left."""
    return f"uploads/{upload.pk.hex[-2:]}/{upload.pk.hex}"


def new_piece(upload: Upload) -> str:
    """Return a generated name for a piece."""
    return f"{folder_of(upload)}/{uuid4().hex}"


@contextmanager
def using(*, actor: User, upload: Upload) -> Iterator[Upload]:
    """Make the upload the source of one document or job: set it on the (locked) row yielded.

    In one transaction, which is the caller's too if there is one. What was held of the quota
    becomes the document's (see StoredSource.is_charged); for a job it is given back. The pieces
    go after the commit. Raises UploadUsed.
    """
    with transaction.atomic():
        current: Upload = Upload.objects.select_for_update().get(pk=upload.pk)
        if current.is_used:
            raise UploadUsed("An upload is good for one document or one import.")
        before = current.snapshot()
        yield current
        current.save_new_version()
        if current.job_id:
            charge(current.project_id, bytes=-current.length)
        _record(actor, "upload.used", current, before)
        transaction.on_commit(lambda: remove_pieces(current), robust=True)


def forget_old() -> None:
    """Remove what nobody went on with or used in time, and what is left of what was used."""
    old = Upload.objects.filter(expires_at__lt=timezone.now()).order_by("expires_at", "id")
    for upload in old[:FORGOTTEN_AT_ONCE]:
        remove(upload)


def remove(upload: Upload) -> None:
    """Remove an expired upload, its pieces first: it takes no more of them.

    Stopped in between, it is found again and removed.
    """
    remove_pieces(upload)
    with transaction.atomic():
        current = Upload.objects.select_for_update(skip_locked=True).filter(pk=upload.pk).first()
        if current is None:  # somebody else is at it
            return
        if not current.is_used:
            charge(current.project_id, bytes=-current.length)
        _record(None, "upload.removed", current, current.snapshot())
        current.delete()


def remove_pieces(upload: Upload) -> None:
    """Delete all pieces from the storage; what is gone already is no error."""
    folder = folder_of(upload)
    with suppress(FileNotFoundError):
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")
    with suppress(OSError):  # of a folder into which a piece comes that nobody will take
        default_storage.delete(folder)


def _record(
    actor: User | None, action: str, upload: Upload, before: dict[str, Any] | None = None
) -> None:
    record(actor=actor, action=action, target=upload, project_id=upload.project_id, before=before)
