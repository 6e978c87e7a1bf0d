"""Resumable uploads (tus 1.0): begin one, take its pieces, give it up, make something of it."""

from __future__ import annotations

import hashlib
import io
from base64 import b64encode
from dataclasses import dataclass
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from config.api.problems import MalformedBody, PayloadTooLarge
from documents.errors import (
    ChecksumMismatch,
    EmptyUpload,
    TooManyPieces,
    UnknownUpload,
    UploadExpired,
    UploadOffsetConflict,
    UploadUnfinished,
    UploadUsed,
)
from documents.models import Document, Job, JobKind, Project, Upload
from documents.models.job import job_path
from documents.pieces import JoinedFile, new_piece, remove, using
from documents.services.documents import display_name, upload_document
from documents.services.jobs import start_job
from documents.usage import charge
from users.models import User
from users.services.events import record

CHUNK = 1 << 16


@dataclass(frozen=True)
class Checksum:
    """What a piece must digest to, by an algorithm of hashlib's."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True)
class Piece:
    """Bytes that come over the network: `size` of them, from `offset` on."""

    offset: int
    size: int
    body: IO[bytes]
    checksum: Checksum | None = None


class Incoming(io.RawIOBase):
    """A body that comes over the network, read to its end or to where the connection tore.

    What is there by then is a piece as good as any: it is kept, and the client goes on from there.
    """

    def __init__(self, piece: Piece) -> None:
        self.piece, self.size = piece, 0
        self.digest = hashlib.new(piece.checksum.algorithm) if piece.checksum else None

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read on into the buffer; 0 at the end, which may be a sudden one."""
        try:
            part = self.piece.body.read(len(buffer))
        except OSError:
            return 0
        buffer[: len(part)] = part
        self.size += len(part)
        if self.digest:
            self.digest.update(part)
        return len(part)

    def check(self) -> None:
        """Raise MalformedBody where nothing came, ChecksumMismatch where something else came."""
        if not self.size:
            raise MalformedBody("The body ended before its first byte.")
        told = self.piece.checksum
        if told and self.digest and self.digest.digest() != told.digest:
            found = b64encode(self.digest.digest()).decode()
            raise ChecksumMismatch(f"The piece digests to {told.algorithm} {found}.")


def begin_upload(*, actor: User, project: Project, piece: Piece | None, **told: Any) -> Upload:
    """Begin an upload, with its first piece if there is one; without that there is no upload.

    `told` are its length in bytes, which are held against the project's quota from now on, its
    name and metadata. Raises PayloadTooLarge, QuotaExceeded, and what append raises.
    """
    upload = _create(actor, project, **told)
    if piece is None:
        return upload
    try:
        return append(actor=actor, upload=upload, piece=piece)
    except BaseException:
        give_up(actor=actor, upload=upload)
        raise


@transaction.atomic
def _create(actor: User, project: Project, **told: Any) -> Upload:
    most, name = max_length(), display_name(told.pop("name"))
    if told["length"] > most:
        raise PayloadTooLarge(f"Uploads hold at most {most} bytes, not {told['length']}.")
    expires_at = timezone.now() + settings.UPLOAD_EXPIRY
    upload = Upload.objects.create(
        project=project, created_by=actor, name=name, expires_at=expires_at, **told
    )
    charge(project.pk, bytes=upload.length)
    _record(actor, "upload.created", upload)
    return upload


def max_length() -> int:
    """Return how many bytes an upload may have; what it is used for may take less."""
    return max(settings.IMPORT_MAX_BYTES, settings.UPLOAD_MAX_BYTES)


def append(*, actor: User, upload: Upload, piece: Piece) -> Upload:
    """Take a piece and return the upload as it is then.

    Of a connection that tears what arrived is kept, unless there is a checksum of the whole piece.
    Raises UploadExpired, UploadOffsetConflict, PayloadTooLarge, TooManyPieces, ChecksumMismatch,
    MalformedBody.
    """
    _require_place(upload, piece.offset, piece.size)
    if not piece.size:
        return upload
    incoming = Incoming(piece)
    # Written before the transaction, which is short then; of simultaneous pieces one is taken.
    file = File(io.BufferedReader(incoming, CHUNK))
    try:
        name = default_storage.save(new_piece(upload), file)
    except FileNotFoundError as error:  # its folder went under our hands
        raise UploadExpired("It was given up meanwhile.") from error
    try:
        incoming.check()
        return _advance(actor, upload, piece.offset, name, incoming.size)
    except BaseException:
        default_storage.delete(name)
        raise


@transaction.atomic
def _advance(actor: User, upload: Upload, offset: int, name: str, size: int) -> Upload:
    """Count a stored piece as the upload's next one, if it is that still."""
    current: Upload | None = Upload.objects.select_for_update().filter(pk=upload.pk).first()
    if current is None:
        raise UploadExpired("It was given up meanwhile.")
    _require_place(current, offset, size)
    before = current.snapshot()
    current.pieces.append([name, size])
    current.offset += size
    current.expires_at = timezone.now() + settings.UPLOAD_EXPIRY
    current.save_new_version()
    if current.is_complete:
        _record(actor, "upload.completed", current, before)
    return current


def require_open(upload: Upload) -> None:
    """Raise UploadExpired unless the upload may still go on or be used."""
    if upload.expires_at <= timezone.now():
        raise UploadExpired("Begin a new one.")


def _require_place(upload: Upload, offset: int, size: int) -> None:
    require_open(upload)
    if offset != upload.offset:
        detail = f"The upload ends at {upload.offset}, the piece begins at {offset}."
        raise UploadOffsetConflict(detail, offset=upload.offset)
    if offset + size > upload.length:
        left = upload.length - offset
        raise PayloadTooLarge(f"{left} bytes are left to come, not {size}.")
    if len(upload.pieces) >= settings.UPLOAD_MAX_PIECES:
        raise TooManyPieces(f"Send at most {settings.UPLOAD_MAX_PIECES} pieces: larger ones.")


def give_up(*, actor: User, upload: Upload) -> None:
    """End an upload that is not used and remove its pieces; raises UploadUsed."""
    with transaction.atomic():
        current = Upload.objects.select_for_update().get(pk=upload.pk)
        if current.is_used:
            raise UploadUsed("It is the source of something by now.")
        before = current.snapshot()
        current.expires_at = timezone.now()
        current.save_new_version()
        _record(actor, "upload.deleted", current, before)
    remove(current)


def open_upload(*, user: User, project: Project, upload_id: UUID) -> JoinedFile:
    """Return a user's finished upload to a project as one file; see pieces.using.

    Raises UnknownUpload, UploadUsed, UploadExpired, UploadUnfinished.
    """
    mine = Upload.objects.visible_to(user).filter(project=project)
    upload: Upload | None = mine.filter(pk=upload_id).first()
    if upload is None:
        raise UnknownUpload("Expected the id of an upload of yours to this project.")
    if upload.is_used:
        raise UploadUsed("An upload is good for one document or one import.")
    require_open(upload)
    if not upload.is_complete:
        raise UploadUnfinished(f"{upload.offset} of {upload.length} bytes are here.")
    return JoinedFile(upload)


def document_from_upload(
    *, actor: User, project: Project, upload_id: UUID, **fields: Any
) -> Document:
    """Take in a finished upload as upload_document does a file.

    Raises what that raises and open_upload, and PayloadTooLarge, EmptyUpload.
    """
    with open_upload(user=actor, project=project, upload_id=upload_id) as file:
        if file.size > settings.UPLOAD_MAX_BYTES:
            most = settings.UPLOAD_MAX_BYTES
            raise PayloadTooLarge(f"Documents hold at most {most} bytes, not {file.size}.")
        if not file.size:
            raise EmptyUpload("A document is made of one byte at least.")
        return upload_document(
            actor=actor, project=project, file=file, upload=file.upload, **fields
        )


def start_job_with_upload(
    *, actor: User, project: Project, upload_id: UUID, kind: JobKind, **fields: Any
) -> Job:
    """Start a job on a finished upload; `fields` are start_job's. Raises what open_upload does."""
    with open_upload(user=actor, project=project, upload_id=upload_id) as file:
        # Joined before the transaction, which is short then.
        stored = default_storage.save(job_path(Job(), ""), file)
        fields |= {"source": stored, "source_name": file.name, "source_size": file.size}
        try:
            with using(actor=actor, upload=file.upload) as used:
                used.job = start_job(actor=actor, project=project, kind=kind, **fields)
        except BaseException:
            default_storage.delete(stored)
            raise
    return used.job


def _record(actor: User, action: str, upload: Upload, before: dict[str, Any] | None = None) -> None:
    record(actor=actor, action=action, target=upload, project_id=upload.project_id, before=before)
