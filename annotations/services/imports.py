"""Start imports; what cannot be read is found by looking at it first, and refused at once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils import timezone

from annotations.errors import InvalidImport
from annotations.formats.mapping import LOOKED_AT, Mapping, columns_of, complete
from annotations.formats.rows import (
    TABLES,
    Format,
    FormatError,
    Row,
    RowLimits,
    Shape,
    detect,
    read_rows,
)
from annotations.jobs.importing import ImportOptions, ImportOrder, Source
from config.api.problems import PayloadTooLarge
from documents import places
from documents.errors import PathRefused
from documents.ingest.media_type import is_archive
from documents.intake import Known
from documents.jobs import add_job
from documents.models import Job, JobKind, Project
from documents.models.job import job_path
from documents.services.documents import display_name
from documents.services.jobs import start_job
from documents.services.uploads import open_upload, start_job_with_upload
from users.models import User

HEAD = 1 << 20


def import_file(*, actor: User, project: Project, file: File[bytes], options: ImportOptions) -> Job:
    """Have workers import a file of records or an archive; raises InvalidImport."""
    order = order_for(file, file.name or "", options)
    return start_job(**_asked(actor, project, order), **_source(file))


def import_upload(*, actor: User, project: Project, upload_id: UUID, options: ImportOptions) -> Job:
    """Have workers import a finished resumable upload.

    Raises InvalidImport, PayloadTooLarge, and what open_upload does.
    """
    with open_upload(user=actor, project=project, upload_id=upload_id) as file:
        most = settings.IMPORT_MAX_BYTES
        if file.size > most:
            raise PayloadTooLarge(f"Imports hold at most {most} bytes, not {file.size}.")
        order = order_for(file, file.name or "", options)
    return start_job_with_upload(**_asked(actor, project, order), upload_id=upload_id)


def import_place(
    *, actor: User, project: Project, place: str, path: str, options: ImportOptions
) -> Job:
    """Have workers import what is new in a place of the operator's, or below a path of it.

    Raises UnknownPlace, PathRefused.
    """
    try:
        next(places.list_files(place, path), None)
    except FileNotFoundError as error:
        raise PathRefused("There is no such folder in the place.") from error
    order = _order_of_files(Source.PLACE, place, path, options)
    name = f"{place}/{path}".removesuffix("/")[:255]
    return start_job(**_asked(actor, project, order), source_name=name)


def import_file_here(
    *, actor: User, project: Project, file: File[bytes], options: ImportOptions
) -> Job:
    """Add an import that the caller runs; workers take it over only when it is left."""
    order = order_for(file, file.name or "", options)
    stored = default_storage.save(job_path(Job(), ""), file)
    told = {**_asked(actor, project, order), **_source(file), "source": stored}
    return add_job(**told, announced_at=timezone.now())


def import_folder_here(
    *, actor: User, project: Project, folder: Path, options: ImportOptions
) -> Job:
    """Add an import of a folder of this machine, that the caller runs."""
    found = folder.resolve()
    order = _order_of_files(Source.FOLDER, str(found), "", options)
    told = _asked(actor, project, order)
    return add_job(**told, source_name=found.name[:255], announced_at=timezone.now())


def order_for(file: File[bytes], name: str, options: ImportOptions) -> ImportOrder:
    """Return how a file is to be imported, as it is asked for and found; raises InvalidImport."""
    policy = options.policy or Known.SKIP
    order = ImportOrder(Source.ARCHIVE, policy, options.labels, options.dry_run)
    if _is_archive(file, options):
        return order
    source, limits = cast("BinaryIO", file), RowLimits(row_bytes=settings.IMPORT_ROW_MAX_BYTES)
    try:
        shape = detect(source, name, options.reading, limits)
        if shape.format is Format.POSTIL and options.mapping and not options.reading.format:
            shape = replace(shape, format=Format.JSONL)
        mapping = _mapping(source, shape, options.mapping)
    except FormatError as error:
        raise InvalidImport(error.code, error.detail) from error
    return replace(order, source=Source.RECORDS, shape=shape, mapping=mapping)


def _is_archive(file: File[bytes], options: ImportOptions) -> bool:
    if options.is_archive is not None:
        return options.is_archive
    head = file.read(HEAD)
    file.seek(0)
    return is_archive(head)


def _mapping(source: BinaryIO, shape: Shape, given: dict[str, Any]) -> Mapping:
    if shape.format is Format.POSTIL:
        return Mapping("text")
    if shape.format in TABLES:
        return complete(given, list(shape.columns), is_table=True)
    rows: list[Row] = []
    with suppress(FormatError):  # the job is to tell it, once it has taken in what comes before
        rows.extend(row for _, row in zip(range(LOOKED_AT), read_rows(source, shape), strict=False))
    return complete(given, columns_of(rows))


def _order_of_files(source: Source, place: str, path: str, options: ImportOptions) -> ImportOrder:
    policy = options.policy or Known.NEW_REVISION
    return ImportOrder(source, policy, dry_run=options.dry_run, place=place, path=path)


def _asked(actor: User, project: Project, order: ImportOrder) -> dict[str, Any]:
    parameters = order.as_parameters()
    return {"actor": actor, "project": project, "kind": JobKind.IMPORT, "parameters": parameters}


def _source(file: File[bytes]) -> dict[str, Any]:
    name = display_name(file.name or "")
    return {"source": file, "source_name": name, "source_size": file.size}
