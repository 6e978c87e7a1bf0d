"""A user of the site that benchmarks drive, over HTTP and nothing else."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterable
from contextlib import closing
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx

PASSWORD = "a benchmark's password, long enough"


class Client:
    """One signed-in person with an access token that does not expire meanwhile."""

    def __init__(self, address: str) -> None:
        self.email = f"bench-{time.time_ns()}@example.org"
        self._http = httpx.Client(base_url=f"{address}/api/v1/", timeout=600)
        account = {"email": self.email, "password": PASSWORD}
        self.post("auth/register", {**account, "name": "Bench"})
        signed_in = self.post("auth/token", account)
        self._http.headers["Authorization"] = f"Bearer {signed_in['access']}"
        wish = {"name": "bench", "scope": "admin"}
        self.token = self.post("users/me/tokens", wish)["token"]
        self._http.headers["Authorization"] = f"Bearer {self.token}"

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of an answer; exits when it is no success."""
        return self._told(self._http.get(path, params=query or None))

    def post(self, path: str, body: Any = None, **files: Any) -> Any:
        """Send JSON, or a form with files; return the answer's JSON."""
        if files:
            return self._told(self._http.post(path, data=body, files=files))
        return self._told(self._http.post(path, json=body))

    def size_of(self, path: str) -> int:
        """Read an answer to its end and return how many bytes it has.

        By the standard library, for httpx takes more time to part chunks than we to make them.
        """
        request = self._http.build_request("GET", path)
        connection = http.client.HTTPConnection(request.url.host, request.url.port, timeout=600)
        with closing(connection):
            headers = {"Authorization": request.headers["Authorization"]}
            connection.request("GET", request.url.path, headers=headers)
            response = connection.getresponse()
            if response.status != http.client.OK:
                raise SystemExit(f"{path}: {response.status}")
            return sum(map(len, iter(partial(response.read, 1 << 20), b"")))

    def project(self, labels: Iterable[str]) -> tuple[str, dict[str, str]]:
        """Make a project; return its id and its labels' ids by name."""
        project = self.post("projects", {"name": "Benchmark"})["id"]
        made = {
            name: self.post(f"projects/{project}/labels", {"kind": "span", "name": name})["id"]
            for name in labels
        }
        return project, made

    def ended(self, job: dict[str, Any]) -> dict[str, Any]:
        """Wait for a job; exits unless it succeeded."""
        while job["state"] in {"pending", "running"}:
            time.sleep(0.02)
            job = self.get(f"jobs/{job['id']}")
        if job["state"] != "succeeded":
            raise SystemExit(f"The job ended as {json.dumps(job)}")
        return job

    def path(self, url: str) -> str:
        """Return an address of ours without its host."""
        parts = urlsplit(url)
        return f"{parts.path}?{parts.query}"

    @staticmethod
    def _told(response: httpx.Response) -> Any:
        if not response.is_success:
            raise SystemExit(f"{response.request.url}: {response.status_code} {response.text}")
        return response.json() if response.content else None
