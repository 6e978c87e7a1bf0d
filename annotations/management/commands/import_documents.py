"""`manage.py import_documents`: files and folders into a project, by the jobs of the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any, TextIO, cast
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count
from django.utils import timezone

from annotations.errors import InvalidImport
from annotations.formats.rows import Format
from annotations.jobs.importing import ImportOptions, LabelPolicy
from annotations.management.terminal import Bar, Interruption, harmless
from annotations.serializers import ImportInput
from annotations.services import imports
from config.api.parsers import UNSTORABLE
from config.api.problems import Problem
from documents import pipeline
from documents.errors import ExternalIdTaken
from documents.intake import Known
from documents.jobs import run_turn
from documents.models import Document, Job, JobError, JobState, Project, Status
from documents.permissions import may
from documents.querysets import DocumentQuerySet
from documents.services import workers
from documents.services.documents import upload_document
from documents.services.jobs import cancel_job
from users.models import User

# How long a turn is here: as often does the bar move, and is Ctrl-C heeded.
TURN = timedelta(seconds=2)
TOLD = 100
AT_ONCE = 20
PAUSE = 0.2
INTERRUPTED = 130
LISTS = frozenset({"labels", "metadata_objects"})
NO_RECORDS = frozenset({"unsupported_media_type", "undecodable_text", "empty_file"})
AT_WORK = (Status.PENDING, Status.PROCESSING)
ENDED = (Status.READY, Status.FAILED)


class Command(BaseCommand):
    """Import what is named, one after the other."""

    help = (
        "Import files of records (JSONL, JSON, CSV, TSV), archives, folders of documents and single"
        " documents. What is known is skipped, so that an interrupted import may be started again."
        " Ends with 0 when all was looked at, with 1 when an import cannot go on, with 130 when"
        " interrupted; what of it is refused, and why, is printed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
        parser.add_argument("--project", required=True, help="its slug or id")
        parser.add_argument("--as", required=True, dest="email", help="whose import it is")
        formats = ["auto", *(each.value for each in Format), "zip", "tar"]
        parser.add_argument("--format", default="auto", choices=formats)
        parser.add_argument("--encoding", help="as the web names it, e.g. windows-1252")
        parser.add_argument("--delimiter", help="of a table; \\t is a tab")
        parser.add_argument("--no-header", action="store_true", help="a table names no columns")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="PROPERTY=COLUMN",
            help="text=body, labels=label, metadata.year=date, label_separator=; and the like",
        )
        parser.add_argument("--on-known", choices=[each.value for each in Known])
        parser.add_argument("--labels", choices=[each.value for each in LabelPolicy])
        parser.add_argument("--dry-run", action="store_true", help="only tell what would happen")
        parser.add_argument("--wait", action="store_true", help="process the documents here, too")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = _person(options["email"])
        project, begun = _project(options["project"], actor), timezone.now()
        asked = _options(options, creates=may(actor, "label.change", project.pk))
        self._interruption = Interruption()
        self._terminal: TextIO | None = options.get("stderr")
        with self._interruption.heeded():
            for path in options["paths"]:
                self._import(path, actor, project, asked)
            documents = Document.objects.live().filter(project=project)
            if options["wait"]:
                self._process(documents)
        self._tell_documents(project, documents, begun)
        if self._interruption.is_asked:
            raise CommandError("Interrupted.", returncode=INTERRUPTED)

    def _import(self, path: Path, actor: User, project: Project, options: ImportOptions) -> None:
        try:
            job = _started(path, actor, project, options)
            if job is None:
                self._say(f"{path}: one document.")
                return
            self._run(job, actor, path)
        except (OSError, Problem) as error:
            raise _error(path, getattr(error, "detail", error)) from error
        self._tell(job, path)

    def _run(self, job: Job, actor: User, path: Path) -> None:
        """Give the job its turns, one after the other, until it ends."""
        usual, settings.JOB_TURN = settings.JOB_TURN, TURN
        version: int | None = job.version
        try:
            with Bar(self._terminal, path.name, " items") as bar:
                while version is not None:
                    version = run_turn(str(job.pk), version)
                    job.refresh_from_db()
                    bar.show(job.done, job.total)
                    if self._interruption.is_asked and not job.has_ended:
                        cancel_job(actor=actor, job=job)
                        job.refresh_from_db()
        finally:
            settings.JOB_TURN = usual

    def _tell(self, job: Job, path: Path) -> None:
        """Print the errors and what came of the import; raise CommandError unless it succeeded."""
        self._tell_errors(job, path)
        counts = ", ".join(f"{number} {name}" for name, number in sorted(job.counts.items()))
        self._say(f"{path}: {counts or 'nothing to import'}.")
        if job.parameters["dry_run"] and job.result:
            with job.result.open("rb") as preview:
                self.stdout.write(preview.read().decode())
        if job.state == JobState.CANCELLED:
            text = f"cancelled. Start it again, or POST /api/v1/jobs/{job.pk}/retry."
            raise _error(path, text, INTERRUPTED)
        if job.state != JobState.SUCCEEDED:
            text = job.error_detail or f"Another worker has it: GET /api/v1/jobs/{job.pk}."
            raise _error(path, text)

    def _tell_errors(self, job: Job, path: Path) -> None:
        errors = JobError.objects.filter(job=job).order_by("id")
        for error in errors[:TOLD]:
            place = f"line {error.line}" if error.line else error.entry
            where = f"{place}, {error.field}" if error.field else place
            # What is in a folder is told as it would be known, which begins with the folder.
            where = where if path.is_dir() else f"{path}: {where}"
            self._complain(f"{where}: {error.detail} ({error.code})")
        if (more := errors.count() - TOLD) > 0:
            self._complain(f"{path}: and {more} more; GET /api/v1/jobs/{job.pk}/errors")

    def _process(self, documents: DocumentQuerySet) -> None:
        """Process here what waits, beside the workers, until nothing does."""
        at_work, total = documents.filter(status__in=AT_WORK), 0
        with Bar(self._terminal, "processing", " documents") as bar:
            while not self._interruption.is_asked and (left := at_work.count()):
                total = max(total, left)
                bar.show(total - left, total)
                self._process_some(documents)
            bar.show(total - at_work.count(), total)

    def _process_some(self, documents: DocumentQuerySet) -> None:
        mine = documents.claimable().order_by("id").values_list("pk", flat=True)[:AT_ONCE]
        if not mine:
            sleep(PAUSE)  # workers have the rest at hand
        for pk in mine:
            if not self._interruption.is_asked:
                pipeline.process(str(pk))

    def _tell_documents(
        self, project: Project, documents: DocumentQuerySet, begun: datetime
    ) -> None:
        """Print how the documents ended that have changed since, and how many still wait."""
        changed = documents.filter(updated_at__gte=begun, status__in=ENDED)
        failed = changed.exclude(error_code="").order_by("external_id", "id")
        for document in failed[:TOLD]:
            name = document.external_id or document.title
            self._complain(f"{name}: {document.error_detail} ({document.error_code})")
        if (more := failed.count() - TOLD) > 0:
            address = f"/api/v1/projects/{project.pk}/documents?status=failed"
            self._complain(f"and {more} more that failed; GET {address}")
        ended = changed.order_by("status").values_list("status").annotate(number=Count("pk"))
        if told := ", ".join(f"{number} {status}" for status, number in ended):
            self._say(f"Documents: {told}.")
        if left := documents.filter(status__in=AT_WORK).count():
            help_is_near = "" if workers.any_alive() else " No worker is running: start one."
            self._say(f"{left} documents wait to be processed.{help_is_near}")

    def _say(self, text: str) -> None:
        self.stdout.write(harmless(text))

    def _complain(self, text: str) -> None:
        self.stderr.write(harmless(text))


def _error(path: Path, detail: object, status: int = 1) -> CommandError:
    return CommandError(harmless(f"{path}: {detail}"), returncode=status)


def _person(email: str) -> User:
    user: User | None = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        raise CommandError(f"Nobody with the e-mail {email} has an account that is active.")
    return user


def _project(name: str, actor: User) -> Project:
    try:
        told: dict[str, Any] = {"pk": UUID(name)}
    except ValueError:
        told = {"slug": name}
    project: Project | None = Project.objects.visible_to(actor).live().filter(**told).first()
    if project is None:
        raise CommandError(f"{actor.email} sees no project {name!r}.")
    if not may(actor, "document.add", project.pk):
        raise CommandError(f"{actor.email} may not add documents to {project}.")
    return project


def _options(options: dict[str, Any], *, creates: bool) -> ImportOptions:
    """Read the options as the API does; raises CommandError."""
    told = {name: options[name] for name in ("encoding", "delimiter", "on_known") if options[name]}
    serializer = ImportInput(
        data={
            **told,
            "format": options["format"],
            "header": not options["no_header"],
            "dry_run": options["dry_run"],
            "mapping": _mapping(options["map"]),
        }
    )
    if not serializer.is_valid():
        raise CommandError(str(serializer.errors))
    usual = LabelPolicy.CREATE if creates else LabelPolicy.ERROR
    found: ImportOptions = serializer.validated_data["options"]
    return replace(found, labels=LabelPolicy(options["labels"] or usual))


def _mapping(pairs: list[str]) -> dict[str, Any]:
    """Return the mapping of PROPERTY=COLUMN pairs; raises CommandError."""
    mapping: dict[str, Any] = {}
    for pair in pairs:
        name, equals, column = pair.partition("=")
        if not equals:
            raise CommandError(f"--map takes PROPERTY=COLUMN, not {pair!r}.")
        if name in LISTS:
            mapping.setdefault(name, []).append(column)
        elif name.startswith("metadata."):
            mapping.setdefault("metadata", {})[name.removeprefix("metadata.")] = column
        else:
            mapping[name] = column or None
    return mapping


def _started(path: Path, actor: User, project: Project, options: ImportOptions) -> Job | None:
    """Return the job of a folder, a file of records or an archive; None for one document."""
    if UNSTORABLE.search(str(path.resolve()) if path.is_dir() else path.name):
        raise _error(path, "its name is not in UTF-8: rename it.")
    if path.is_dir():
        return imports.import_folder_here(
            actor=actor, project=project, folder=path, options=options
        )
    with path.open("rb") as opened:
        file = cast("File[bytes]", File(opened, path.name))
        if not _is_document(file, options):
            return imports.import_file_here(
                actor=actor, project=project, file=file, options=options
            )
        if not options.dry_run:
            _add_document(actor, project, file, options)
    return None


def _is_document(file: File[bytes], options: ImportOptions) -> bool:
    """Tell one document from records: whatever is neither an archive nor has fields of its own."""
    if options.reading.format or options.is_archive:
        return False
    try:
        order = imports.order_for(file, file.name or "", options)
    except InvalidImport as problem:
        return problem.members["errors"][0]["code"] in NO_RECORDS
    return order.shape is not None and order.shape.format is Format.LINES


def _add_document(actor: User, project: Project, file: File[bytes], options: ImportOptions) -> None:
    """Upload a document; one that is known stays as it is, unless the policy is another."""
    try:
        upload_document(actor=actor, project=project, file=file, external_id=file.name)
    except ExternalIdTaken:
        if options.policy is Known.ERROR:
            raise
