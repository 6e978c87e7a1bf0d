"""People who work on a document at once, and try again whatever an outage breaks."""

from __future__ import annotations

import random
import threading
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import httpx

from tests.faults.ledger import Ledger
from tests.faults.supervised_site import SupervisedSite
from tests.running_site import wait_for

TEXT = "Ada Lovelace lives in Turin. She likes Zoë. " * 20
OUTAGE = {"unavailable"}  # documented: try again
IN_USE = {"idempotency_key_in_use"}  # likewise
Answer = httpx.Response


class Person:
    """A client that sends a request until it is answered, under one id and one key."""

    def __init__(self, http: httpx.Client, ledger: Ledger) -> None:
        self.http, self.ledger = http, ledger
        self.torn = 0  # tries without an answer
        self.refused = 0  # tries that were answered 503

    def get(self, path: str) -> Any:
        """Return what is read."""
        answer = self.send("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, request: str = "", **content: Any) -> Answer:
        """POST under a key, so that it is done once however often it is sent."""
        request = request or uuid4().hex
        headers = {"Idempotency-Key": request, "X-Request-ID": request}
        return self.send("POST", path, headers=headers, **content)

    def write(self, method: str, path: str, version: int, content: Any = None) -> Answer:
        """PATCH or DELETE the version of an annotation or a relation that one has seen."""
        request, kind, row = uuid4().hex, *path.strip("/").split("/")
        if (method, kind) == ("DELETE", "annotations"):
            self.ledger.deletions.add(request)
        tried = self.torn + self.refused
        headers = {"If-Match": f'"{version}"', "X-Request-ID": request}
        answer = self.send(method, path, headers=headers, json=content)
        if answer.is_success:
            self.ledger.accept(row, version + 1, request)
        elif self.torn + self.refused > tried:
            self.ledger.doubt(row, version + 1, request)
        return answer

    def send(self, method: str, path: str, **given: Any) -> Answer:
        """Return the answer to a request, which is sent again during an outage."""
        answer: Answer = wait_for(lambda: self._try(method, path, **given), seconds=120)
        return answer

    def _try(self, method: str, path: str, **given: Any) -> Answer | None:
        try:
            answer = self.http.request(method, path, **given)
        except httpx.TransportError:
            self.torn += 1
            return None
        if answer.status_code == 503:
            assert answer.json()["code"] in OUTAGE
            assert answer.headers["Retry-After"]
            self.refused += 1
            return None
        assert answer.status_code < 500, answer.text
        is_early = answer.status_code == 409 and answer.json()["code"] in IN_USE
        return None if is_early else answer


class Desk:
    """A project with a document that many work on, and those who may."""

    def __init__(self, site: SupervisedSite, *, annotators: int, curators: int) -> None:
        self.site, self.ledger, self._opened = site, Ledger(), ExitStack()
        self.manager = Person(self._opened.enter_context(site.client()), self.ledger)
        self.project = self._made("/projects", name="Press")["id"]
        self.path = f"/projects/{self.project}"
        labels = f"{self.path}/labels"
        self.label = self._made(labels, kind="span", name="person")["id"]
        self.likes = self._made(labels, kind="relation", name="likes")["id"]
        roles = ["annotator"] * annotators + ["curator"] * curators
        self._tokens = [self._member(role) for role in roles]
        self.document = self._made(f"{self.path}/documents", text=TEXT, title="A letter")["id"]

    def people(self, number: int) -> list[Writer]:
        """Return so many clients of those who may write; several are of one person."""
        known: list[dict[str, int]] = [{} for _ in self._tokens]
        places = [index % len(self._tokens) for index in range(number)]
        return [Writer(self, self._tokens[at], known[at], index) for index, at in enumerate(places)]

    def client(self, headers: httpx.Headers) -> httpx.Client:
        """Return a client with connections of its own."""
        made = httpx.Client(base_url=self.site.api, timeout=60, headers=headers)
        return self._opened.enter_context(made)

    def close(self) -> None:
        """Close the connections of all clients."""
        self._opened.close()

    def upload(self, person: Person, name: str, content: bytes) -> str:
        """Upload a file and return the document's id."""
        request = uuid4().hex
        answer = person.post(f"{self.path}/documents", request, files={"file": (name, content)})
        assert answer.status_code == 202, answer.text
        made = answer.json()["id"]
        self.ledger.accept(made, 1, request)
        return str(made)

    def is_ready(self, document: str) -> bool:
        """Tell whether a document is ready; fails where it has failed."""
        shown = self.manager.get(f"/documents/{document}")
        assert shown["status"] != "failed", shown["error"]
        return bool(shown["status"] == "ready")

    def _member(self, role: str) -> httpx.Headers:
        with self.site.client() as client:
            email = client.get("/users/me").json()["email"]
            self._made(f"{self.path}/members", email=email, role=role)
            return httpx.Headers({"Authorization": client.headers["Authorization"]})

    def _made(self, path: str, **content: Any) -> Any:
        request = uuid4().hex
        answer = self.manager.post(path, request, json=content)
        assert answer.status_code == 201, answer.text
        if path.endswith("/documents"):
            self.ledger.accept(answer.json()["id"], 1, request)
        return answer.json()


class Writer(Person):
    """One of the clients of a person, all of which know the same annotations by their versions."""

    def __init__(
        self, desk: Desk, headers: httpx.Headers, known: dict[str, int], number: int
    ) -> None:
        super().__init__(desk.client(headers), desk.ledger)
        self.desk, self.known = desk, known
        self.chance = random.Random(number)
        self.written = 0

    def work(self, steps: int, is_over: threading.Event) -> None:
        """Do so many things, or fewer once it is over."""
        doings = [self.create, self.change, self.remove, self.create_some, self.relate]
        for _ in range(steps):
            if is_over.is_set():
                break
            [doing] = self.chance.choices(doings, [35, 35, 8, 7, 15])
            doing()
            self.written += 1

    def create(self) -> None:
        """Make an annotation; at times the answer is asked for again."""
        request = uuid4().hex
        answer = self._post("annotations", request, self._span())
        assert answer.status_code == 201, answer.text
        made = answer.json()
        self._accept(made, request)
        if self.chance.random() < 0.3:
            again = self._post("annotations", request, self._sent)
            assert (again.status_code, again.json()) == (201, made)

    def change(self) -> None:
        """Change an annotation, on top of whatever others have made of it meanwhile."""
        row = self._one()
        while (version := self.known.get(row)) is not None:
            content = {"body": uuid4().hex}
            answer = self.write("PATCH", f"/annotations/{row}", version, content)
            if answer.status_code != 412:
                return self._learn(row, answer)
            self.known[row] = answer.json()["current"]["version"]
        return None

    def remove(self) -> None:
        """Delete an annotation that nobody has changed meanwhile."""
        row = self._one()
        version = self.known.get(row)
        if version is not None:
            answer = self.write("DELETE", f"/annotations/{row}", version)
            assert answer.status_code in {204, 404, 412}, answer.text
            if answer.status_code != 412:
                self.known.pop(row, None)

    def create_some(self) -> None:
        """Make several annotations at once, of which one is refused."""
        request = uuid4().hex
        items = [self._span() for _ in range(3)]
        items[1]["quote"] = "Eve"
        answer = self._post("annotations/bulk", request, {"annotations": items})
        assert answer.status_code == 200, answer.text
        ends = answer.json()["results"]
        assert [end["status"] for end in ends] == [201, 422, 201]
        for end in ends:
            if "annotation" in end:
                self._accept(end["annotation"], request)

    def relate(self) -> None:
        """Join two annotations, of which another client may delete one meanwhile."""
        request, source, target = uuid4().hex, self._one(), self._one()
        if source == target:
            return
        ends = {"label": self.desk.likes, "source": source, "target": target}
        answer = self._post("relations", request, ends)
        assert answer.status_code in {201, 409, 422}, answer.text
        if answer.status_code == 201:
            self.ledger.accept(answer.json()["id"], 1, request)

    def _span(self) -> dict[str, Any]:
        start = self.chance.randrange(len(TEXT) - 3)
        span = {"label": self.desk.label, "start": start, "end": start + 3}
        self._sent = span | {"quote": TEXT[start : start + 3]}
        return dict(self._sent)

    def _one(self) -> str:
        """Return one of the annotations; the first ones to come make some."""
        while not (rows := list(self.known)):
            self.create()
        return self.chance.choice(rows)

    def _post(self, where: str, request: str, content: Any) -> Answer:
        return self.post(f"/documents/{self.desk.document}/{where}", request, json=content)

    def _accept(self, made: Any, request: str) -> None:
        self.ledger.accept(made["id"], made["version"], request)
        self.known[made["id"]] = made["version"]

    def _learn(self, row: str, answer: Answer) -> None:
        assert answer.status_code in {200, 404}, answer.text
        if answer.status_code == 200:
            self.known[row] = answer.json()["version"]
        else:
            self.known.pop(row, None)
