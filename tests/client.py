"""A client that speaks HTTP with the site, in process: JSON in and out, paths below /api/v1."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.utils.encoders import JSONEncoder

from users.models import User
from users.services.sign_ins import open_session

BASE = "/api/v1"


class Client:
    """Sends requests for one person (or nobody) with a real access token."""

    def __init__(self, user: User | None = None) -> None:
        self.user = user
        self.http = APIClient()
        if user:
            tokens = open_session(user=user, user_agent="tests")
            self.http.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.access}")

    @property
    def person(self) -> User:
        """Return whom the client speaks for."""
        assert self.user, "this client is nobody's"
        return self.user

    @classmethod
    def with_token(cls, token: str) -> Client:
        """Return a client that sends an access token as scripts do."""
        client = cls()
        client.http.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return client

    @classmethod
    def of(cls, user: User) -> Client:
        """Return a signed-in client."""
        return cls(user)

    def get(self, path: str, **headers: str) -> Any:
        """GET a path below /api/v1; its query string is part of it."""
        return self.send("GET", path, None, **headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        """POST a JSON object."""
        return self.send("POST", path, data, **headers)

    def upload(self, path: str, **parts: Any) -> Any:
        """POST multipart/form-data."""
        return self.http.post(BASE + path, parts, format="multipart")

    def patch(self, path: str, data: Any, **headers: str) -> Any:
        """PATCH with a JSON object; give the version as if_match="1"."""
        return self.send("PATCH", path, data, **headers)

    def put(self, path: str, data: Any, **headers: str) -> Any:
        """PUT a JSON object; give the version as if_match="1"."""
        return self.send("PUT", path, data, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        """DELETE; give the version as if_match="1"."""
        return self.send("DELETE", path, None, **headers)

    def send(self, method: str, path: str, data: Any, **headers: str) -> Response:
        """Send one request; `if_match="1"` becomes If-Match: "1", other headers go as named.

        Bytes go as a piece of a resumable upload, all else as JSON.
        """
        if "if_match" in headers:
            headers["if_match"] = f'"{headers["if_match"]}"'
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body: Any = data if isinstance(data, bytes) else ""
        content_type = "application/offset+octet-stream" if body else ""
        if data is not None and not isinstance(data, bytes):
            body, content_type = JSONEncoder(ensure_ascii=False).encode(data), "application/json"
        content_type = named.pop("Content-Type", content_type)
        response: Response = self.http.generic(
            method, BASE + path, body, content_type=content_type, headers=named
        )
        return response
