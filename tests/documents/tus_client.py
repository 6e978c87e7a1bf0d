"""Upload as a tus client does, in process."""

from __future__ import annotations

import hashlib
import io
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from documents.models import Project, Upload
from tests.client import BASE, Client

TUS = {"Tus_Resumable": "1.0.0"}


def begin(client: Client, project: Project, length: Any, body: bytes = b"", **headers: Any) -> Any:
    """POST a new upload, with a first piece if there is a body."""
    told = TUS | {"Upload_Length": str(length)} | headers
    return client.send("POST", f"/projects/{project.pk}/uploads", body or None, **told)


def address_of(response: Any) -> str:
    """Return where a new upload is, below /api/v1."""
    assert response.status_code == 201, response.content
    return str(response["Location"]).removeprefix(f"http://testserver{BASE}")


def send(client: Client, address: str, offset: Any, piece: bytes, **headers: str) -> Any:
    """PATCH the next piece."""
    told = TUS | {"Upload_Offset": str(offset)} | headers
    return client.send("PATCH", address, piece, **told)


def ask(client: Client, address: str, **headers: str) -> Any:
    """Ask by HEAD how far an upload is."""
    return client.send("HEAD", address, None, **TUS | headers)


def checksum(piece: bytes, algorithm: str = "sha256") -> str:
    """Return a piece's Upload-Checksum."""
    return f"{algorithm} {b64encode(hashlib.new(algorithm, piece).digest()).decode()}"


def metadata(**told: str) -> str:
    """Return told as Upload-Metadata."""
    return ",".join(f"{key} {b64encode(text.encode()).decode()}" for key, text in told.items())


def uploaded(client: Client, project: Project, content: bytes, name: str = "ada.txt") -> Upload:
    """Upload a file whole and return its upload."""
    begun = begin(client, project, len(content), content, Upload_Metadata=metadata(filename=name))
    found: Upload = Upload.objects.get(pk=begun.json()["id"])
    return found


class Arriving(io.RawIOBase):
    """A body as it comes: something happens meanwhile, or it ends early, with a bang or without."""

    def __init__(
        self,
        arrives: bytes,
        *,
        with_a_bang: bool = False,
        meanwhile: Callable[[], Any] = lambda: None,
    ) -> None:
        self.arrives, self.with_a_bang, self.meanwhile = io.BytesIO(arrives), with_a_bang, meanwhile

    def read(self, size: int = -1) -> bytes:
        if self.arrives.tell() == 0:
            self.meanwhile()
        part = self.arrives.read(size)
        if not part and self.with_a_bang:
            raise ConnectionResetError
        return part


def send_arriving(client: Client, address: str, body: Arriving, size: int, **headers: str) -> Any:
    """PATCH the first piece, of which the head announces `size` bytes."""
    environment: Any = {"wsgi.input": body, "CONTENT_LENGTH": str(size)}
    return client.http.generic(
        "PATCH",
        BASE + address,
        "",
        content_type="application/offset+octet-stream",
        headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0"} | headers,
        **environment,
    )
