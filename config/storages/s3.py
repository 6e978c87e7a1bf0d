"""Objects in a bucket: private, never overwritten, written and read as streams."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from config.api.problems import Unavailable

logger = logging.getLogger(__name__)
BUFFER = 1 << 20
TRIES = 3
MISSING = 404


class PrivateS3Storage(S3Storage):  # type: ignore[misc] # the library is untyped
    """django-storages' S3 with our rules: what fails to answer raises Unavailable.

    No ACL is sent: objects are private unless the bucket says otherwise, and most buckets refuse
    requests that name one. A transfer runs in the thread that asked for it, 8 MB at a time.
    """

    file_overwrite = False
    default_acl = None
    gzip = False
    object_parameters = {"ContentType": "application/octet-stream"}  # not what a client says
    transfer_config = TransferConfig(use_threads=False)

    def __init__(self, **options: Any) -> None:
        super().__init__(client_config=_client_config(options.get("endpoint_url")), **options)

    @property
    def client(self) -> Any:
        """Return the thread's client."""
        return self.connection.meta.client

    def key(self, name: str) -> str:
        """Return the key of a stored name; raises SuspiciousOperation for one outside."""
        return str(self._normalize_name(name))

    def _open(self, name: str, mode: str = "rb") -> S3ObjectFile:
        if mode != "rb":
            raise ValueError(f"Objects are opened for reading bytes alone, not {mode!r}.")
        return S3ObjectFile(self.client, self.bucket_name, self.key(name), name)

    def _save(self, name: str, content: Any) -> str:
        with answering():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with answering():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with answering():
            return bool(super().exists(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with answering():
            folders, files = super().listdir(path)
        return folders, files


def _client_config(endpoint: str | None) -> Config:
    """Return how to ask: briefly, and of others than AWS only what all of them know."""
    timing = {"connect_timeout": 2, "read_timeout": 6, "retries": {"total_max_attempts": 2}}
    if not endpoint:
        return Config(signature_version="s3v4", **timing)
    return Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        **timing,
    )


class S3ObjectFile(File):  # type: ignore[type-arg] # no generic at run time
    """One object, open for reading; raises FileNotFoundError, Unavailable."""

    def __init__(self, client: Any, bucket: str, key: str, name: str) -> None:
        with answering():
            head = client.head_object(Bucket=bucket, Key=key)
        self.size = int(head["ContentLength"])
        self.reader = ObjectReader(client, self.size, Bucket=bucket, Key=key, IfMatch=head["ETag"])
        super().__init__(io.BufferedReader(self.reader, BUFFER), name)

    def open(self, mode: str | None = None, *args: Any, **kwargs: Any) -> S3ObjectFile:
        """Begin anew, also after it was closed, as Django's files of a folder do."""
        if self.closed:
            self.reader = ObjectReader(self.reader.client, self.reader.size, **self.reader.object)
            self.file = io.BufferedReader(self.reader, BUFFER)
        self.seek(0)
        return self


class ObjectReader(io.RawIOBase):
    """The bytes of one object from wherever they are sought; a torn connection is taken up again.

    Nothing is kept but the position: archives of any size can be read at their ends and in
    between. Raises Unavailable; also where the object is another one by now.
    """

    def __init__(self, client: Any, size: int, **told: str) -> None:
        self.client, self.size, self.object = client, size, told
        self.position = 0
        self.body: Any = None

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
        """Go to a position; what is under way from another one is given up."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.size}[whence]
        if start + offset != self.position:
            self._hang_up()
            self.position = max(0, start + offset)
        return self.position

    def readinto(self, buffer: Any) -> int:
        """Read on into the buffer and return how much came; 0 at the end."""
        wanted = min(len(buffer), self.size - self.position)
        if wanted <= 0:
            return 0
        part = self._read(wanted)
        buffer[: len(part)] = part
        self.position += len(part)
        return len(part)

    def close(self) -> None:
        """Give up what is under way."""
        self._hang_up()
        super().close()

    def _read(self, wanted: int) -> bytes:
        for tries_left in reversed(range(TRIES)):
            try:
                with answering():
                    if part := self._ask().read(wanted):
                        return bytes(part)
            except Unavailable:
                if not tries_left:
                    raise
            self._hang_up()
        raise _unavailable()

    def _ask(self) -> Any:
        if self.body is None:
            given = self.client.get_object(Range=f"bytes={self.position}-", **self.object)
            self.body = given["Body"]
        return self.body

    def _hang_up(self) -> None:
        if self.body is not None:
            self.body.close()
            self.body = None


@contextmanager
def answering() -> Iterator[None]:
    """Raise FileNotFoundError for what is not there, Unavailable for all else that fails."""
    try:
        yield
    except ClientError as error:
        told = error.response
        status = told.get("ResponseMetadata", {}).get("HTTPStatusCode")
        code = told.get("Error", {}).get("Code", "")
        if status == MISSING and code != "NoSuchBucket":
            raise FileNotFoundError(str(error)) from error
        logger.error("The file storage refused: %s", error)
        raise _unavailable() from error
    except BotoCoreError as error:
        logger.error("The file storage did not answer: %s", error)
        raise _unavailable() from error


def _unavailable() -> Unavailable:
    return Unavailable("The file storage does not answer.", headers={"Retry-After": "5"})
