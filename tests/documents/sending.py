"""Send multipart bodies that a well-behaved client would not write."""

from __future__ import annotations

from typing import Any

from tests.client import BASE, Client

BOUNDARY = "the-boundary"


def send_raw(client: Client, path: str, disposition: str, content: bytes = b"Ada") -> Any:
    """POST one part called `file` whose Content-Disposition goes on as given."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; {disposition}\r\n\r\n'
    body: Any = head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    content_type = f"multipart/form-data; boundary={BOUNDARY}"
    return client.http.generic("POST", BASE + path, body, content_type=content_type)
