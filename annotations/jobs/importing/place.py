"""Places: each file that is new or has changed becomes a document; archives are opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, cast
from urllib.parse import quote, unquote

from django.conf import settings

from annotations.jobs.importing.archive import Entries
from annotations.jobs.importing.files import Files, KnownFile, known_files
from annotations.jobs.importing.order import ImportOrder
from annotations.jobs.importing.renewing import Renewing
from annotations.jobs.importing.shelf import Shelf
from config.api.problems import Unavailable
from documents.errors import PathRefused, UnknownPlace
from documents.ingest import ErrorCode, ExtractionError
from documents.ingest.media_type import is_archive
from documents.jobs import JobFailed, Turn
from documents.places import PlacedFile, list_files, open_file

UNREADABLE = "unreadable"
FAULTS = {
    "symbolic_link": "Links are not followed.",
    "special_file": "It is no regular file.",
    "strange_name": "Its name cannot be kept.",
    UNREADABLE: "The site may not read it.",
}
# So many files are asked for among the known ones at once.
ASKED_FOR = 500
HEAD = 1 << 20
IN_MEMORY = 1_000_000


def run(turn: Turn, order: ImportOrder) -> None:
    """Take in what is new in a place, from where the last step ended; raises JobFailed."""
    with _telling(), Shelf(turn) as shelf:
        PlaceTaking(turn, order, Files(turn, order, shelf)).take()


@contextmanager
def _telling() -> Iterator[None]:
    """Tell what is wrong with the place; one that does not answer is left to the next turn."""
    try:
        yield
    except (UnknownPlace, PathRefused) as problem:
        raise JobFailed(problem.code, problem.detail) from problem
    except FileNotFoundError as error:
        raise JobFailed("path_not_found", "There is no such folder in the place.") from error
    except Unavailable as problem:
        raise OSError(problem.detail) from problem


class PlaceTaking:
    """The files of a place, in the order of their paths."""

    def __init__(self, turn: Turn, order: ImportOrder, files: Files) -> None:
        self._turn, self._order, self._files = turn, order, files
        self._place = order.found_in
        self._prefix = f"{Path(order.place).name}/"
        # Quoted: names that no database keeps have their place in the listing, too.
        self._after = unquote(turn.job.cursor.get("after", ""), errors="surrogatepass")

    def take(self) -> None:
        """Take in all files from the cursor on."""
        listed = list_files(self._place, self._order.path, after=self._after)
        while some := list(islice(listed, ASKED_FOR)):
            known = known_files(self._turn, [self._name(file) for file in some])
            for file in some:
                self._take(file, known.get(self._name(file)))
                self._after = file.after
                if self._files.is_full:
                    self._write()
        if not self._files.is_empty:
            self._write()

    def _take(self, file: PlacedFile, known: KnownFile | None) -> None:
        name = self._name(file)
        if file.fault:
            self._files.refuse(name, file.fault, FAULTS[file.fault])
        elif known is None or not self._files.leave(name, known, file.tag):
            try:
                with open_file(self._place, file.path) as source:
                    self._read(file, source, known)
            except FileNotFoundError:
                self._files.refuse(name, "file_gone", "It went while the place was read.")
            except PathRefused as problem:
                self._files.refuse(name, problem.code, problem.detail)
            except Unavailable as problem:
                if not isinstance(problem.__cause__, PermissionError):
                    raise
                self._files.refuse(name, UNREADABLE, FAULTS[UNREADABLE])

    def _read(self, file: PlacedFile, source: IO[bytes], known: KnownFile | None) -> None:
        """Copy a file and take it in, or its entries where it is an archive."""
        name, is_opened = self._name(file), is_archive(source.read(HEAD))
        most = settings.IMPORT_MAX_BYTES if is_opened else settings.UPLOAD_MAX_BYTES
        if file.size > most:
            detail = f"Expected at most {most} bytes, found {file.size}."
            self._files.refuse(name, "too_large", detail)
            return
        source.seek(0)
        with SpooledTemporaryFile(IN_MEMORY) as content:
            Renewing(self._turn).copy(source, content)
            if is_opened:
                self._open(file, content)
            else:
                self._files.take(name, content, file.size, known, file.tag)

    def _open(self, file: PlacedFile, content: SpooledTemporaryFile[bytes]) -> None:
        """Take in the entries of an archive; the cursor says which of them is next."""
        if not self._files.is_empty:
            self._write()
        begun = self._turn.job.cursor
        start = begun["index"] if begun.get("inside") == file.path else 0
        entries = Entries(
            self._turn,
            self._files,
            lambda index: {"after": self._place_reached(), "inside": file.path, "index": index},
            f"{self._name(file)}/",
        )
        content.rollover()  # a process can be given files with a descriptor alone
        failure = entries.take(cast("BinaryIO", content), start=start)
        if failure is None and not entries.found and not start:
            failure = ExtractionError(ErrorCode.EMPTY_FILE, "The archive holds no files.")
        if failure:
            self._files.refuse(self._name(file), failure.code, failure.detail)

    def _name(self, file: PlacedFile) -> str:
        return self._prefix + file.path

    def _write(self) -> None:
        self._files.write({"after": self._place_reached(), "inside": "", "index": 0})

    def _place_reached(self) -> str:
        return quote(self._after, errors="surrogatepass")
