"""Places of the operator's from which documents are imported: folders and prefixes of buckets.

`settings.IMPORT_PLACES` names them. Whoever imports names a place and a path below it; nothing
outside of a place is listed or opened, whatever the path or the links in a folder say.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from heapq import nsmallest
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

from django.conf import settings

from config.api.parsers import UNSTORABLE
from config.api.problems import Unavailable
from config.storages.addresses import Folder, options_of, parse
from documents.errors import PathRefused, UnknownPlace

if TYPE_CHECKING:
    from config.storages.s3 import PrivateS3Storage

BATCH = 100_000  # names of one folder that are sorted at a time
MAX_PATH = 1000


class PlacedFile(NamedTuple):
    """One file of a place: its path below the place, bytes, and when it was last changed.

    `tag` is the same as long as the content is, as far as the place tells. A `fault` says in one
    word why it cannot be opened: `symbolic_link`, `special_file`, `strange_name` or `unreadable`
    (a folder). `after` is where a listing goes on behind it: its path, also where that cannot be
    stored as it is, and `path` is only like it.
    """

    path: str
    size: int
    changed: datetime
    tag: str
    fault: str = ""
    after: str = ""


def list_files(place: str | Path, path: str = "", *, after: str = "") -> Iterator[PlacedFile]:
    """Yield the files below a path of a place, in the order of their paths by code point.

    A place is named, or a folder (a Path) that whoever works on the server itself points at.
    `after` skips all paths up to and including that one. Memory does not grow with their number.
    Raises UnknownPlace and PathRefused at once; FileNotFoundError where there is no such folder
    and Unavailable, as it is read.
    """
    found, path = _find(place), _checked(path)
    return found.files(path, after)


def open_file(place: str | Path, path: str) -> IO[bytes]:
    """Open one listed file for reading, seekable, as a stream.

    Raises UnknownPlace, PathRefused (for what has a fault too), FileNotFoundError,
    Unavailable.
    """
    found, path = _find(place), _checked(path)
    if not path:
        raise PathRefused("Expected the path of a file.")
    return found.open(path)


def _find(place: str | Path) -> _FolderPlace | _BucketPlace:
    if isinstance(place, Path):
        return _FolderPlace(str(place))
    url = settings.IMPORT_PLACES.get(place)
    if url is None:
        known = ", ".join(sorted(settings.IMPORT_PLACES)) or "none is set up"
        raise UnknownPlace(f"Expected one of: {known}. Found {place[:80]!a}.")
    return _place_at(url)


@lru_cache
def _place_at(url: str) -> _FolderPlace | _BucketPlace:
    """Return a place for its address; clients of buckets take a while to make."""
    found = parse(url)
    if isinstance(found, Folder):
        return _FolderPlace(found.path)
    # Here, for what it imports is installed only where S3 is used.
    from config.storages.s3 import PrivateS3Storage

    return _BucketPlace(PrivateS3Storage(**options_of(found)))


def _checked(path: str) -> str:
    """Return a relative path without a slash at its end; raises PathRefused."""
    if path and _is_strange(path.removesuffix("/")):
        raise PathRefused(f"Expected a path below the place, as 2026/letters; found {path[:80]!a}.")
    return path.removesuffix("/")


def _is_strange(path: str) -> bool:
    """Return whether a path has empty steps or such as lead elsewhere, or cannot be stored."""
    steps = path.split("/")
    is_unstorable = len(path) > MAX_PATH or UNSTORABLE.search(path) is not None
    return is_unstorable or not {"", ".", ".."}.isdisjoint(steps)


class _FolderPlace:
    """A folder. Below it no link is followed, not even while somebody swaps one in."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def files(self, path: str, after: str) -> Iterator[PlacedFile]:
        with _answering(), _folder_at(self.folder, path) as folder:
            yield from _walk(folder, f"{path}/" if path else "", after)

    def open(self, path: str) -> IO[bytes]:
        above, _, name = path.rpartition("/")
        with _answering(), _folder_at(self.folder, above) as folder:
            # Without O_NONBLOCK a named pipe would hold us until somebody writes to it.
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
            if not stat.S_ISREG(os.fstat(file).st_mode):
                os.close(file)
                raise PathRefused(f"{path!a} is not a regular file.")
            return os.fdopen(file, "rb")


@contextmanager
def _answering() -> Iterator[None]:
    """Tell what a file system refuses in our words."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.ENXIO}:
            raise PathRefused("Expected folders and files alone, no links, in the path.") from error
        raise Unavailable(f"The place answers: {error.strerror}.") from error


@contextmanager
def _folder_at(root: str, path: str) -> Iterator[int]:
    """Open a folder step by step and yield its descriptor; the root alone may be a link."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for step in path.split("/") if path else ():
            inner = _open_folder(folder, step)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def _open_folder(above: int, name: str) -> int:
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)


def _walk(folder: int, prefix: str, after: str) -> Iterator[PlacedFile]:
    """Yield what lies in an open folder and below it, in order."""
    for key in _sorted_keys(folder, prefix, after):
        with suppress(FileNotFoundError):  # it went while we were listing
            if not key.endswith("/") or _is_strange(prefix + key[:-1]):
                yield _placed(folder, prefix, key.removesuffix("/"))
                continue
            try:
                inner = _open_folder(folder, key[:-1])
            except PermissionError:
                yield _placed(folder, prefix, key[:-1])._replace(fault="unreadable")
                continue
            try:
                yield from _walk(inner, prefix + key, after)
            finally:
                os.close(inner)


def _sorted_keys(folder: int, prefix: str, after: str) -> Iterator[str]:
    """Yield the names in an open folder that are due, those of folders with a slash, in order.

    They are sorted by the batch, so that a folder of millions needs time rather than memory.
    """
    last, keys = "", [""] * BATCH
    while len(keys) == BATCH:
        with os.scandir(folder) as entries:
            found = (f"{e.name}/" if e.is_dir(follow_symlinks=False) else e.name for e in entries)
            due = (key for key in found if key > last and _is_due(prefix + key, after))
            keys = nsmallest(BATCH, due)
        yield from keys
        last = keys[-1] if keys else last


def _is_due(path: str, after: str) -> bool:
    return path > after or (path.endswith("/") and after.startswith(path))


def _placed(folder: int, prefix: str, name: str) -> PlacedFile:
    told = os.stat(name, dir_fd=folder, follow_symlinks=False)
    path, changed = prefix + name, datetime.fromtimestamp(told.st_mtime, UTC)
    fault = "" if stat.S_ISREG(told.st_mode) else "special_file"
    fault = "symbolic_link" if stat.S_ISLNK(told.st_mode) else fault
    return _told(path, told.st_size, changed, f"{told.st_size}-{told.st_mtime_ns}", fault)


def _told(path: str, size: int, changed: datetime, tag: str, fault: str = "") -> PlacedFile:
    shown = path
    if _is_strange(path):
        shown, fault = UNSTORABLE.sub("?", path)[:MAX_PATH], "strange_name"
    return PlacedFile(shown, size, changed, tag, fault, path)


class _BucketPlace:
    """A prefix in a bucket. Keys are told as they are; none is made of others' steps."""

    def __init__(self, storage: PrivateS3Storage) -> None:
        self.storage = storage
        self.base = f"{storage.location}/" if storage.location else ""

    def files(self, path: str, after: str) -> Iterator[PlacedFile]:
        from config.storages.s3 import answering  # as above

        prefix = self.base + (f"{path}/" if path else "")
        told: dict[str, str] = {"Bucket": self.storage.bucket_name, "Prefix": prefix}
        told |= {"StartAfter": self.base + after} if after else {}
        pages = self.storage.client.get_paginator("list_objects_v2").paginate(**told)
        with answering():
            for page in pages:
                found = map(self._placed, page.get("Contents", ()))
                yield from (file for file in found if not file.path.endswith("/"))

    def _placed(self, found: dict[str, Any]) -> PlacedFile:
        """Return an object; one whose key ends with a slash only stands for a folder."""
        path = str(found["Key"]).removeprefix(self.base)
        return _told(path, int(found["Size"]), found["LastModified"], found["ETag"].strip('"'))

    def open(self, path: str) -> IO[bytes]:
        from config.storages.s3 import S3ObjectFile  # as above

        bucket = self.storage.bucket_name
        return cast("IO[bytes]", S3ObjectFile(self.storage.client, bucket, self.base + path, path))
