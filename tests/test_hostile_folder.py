"""A folder of everything that people and their enemies have, into a running site by one command."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.documents.ingest.archive_files import tar_of, zip_of
from tests.documents.ingest.test_folder import ARCHIVES, BOMBS, FILES
from tests.documents.ingest.test_hostile import FILES as HOSTILE
from tests.running_site import CHECKOUT, RunningSite, running_site

pytestmark = [pytest.mark.xdist_group("site"), pytest.mark.timeout(600)]

# The site keeps answering: no answer takes longer, in seconds, however busy the tests' machine is.
SLOWEST = 10.0
# By the clock a parser has more time here, for the same reason; what else bounds it stays.
PATIENT = {"PARSER_MAX_SECONDS": "60", "PROCESSING_LEASE_SECONDS": "90"}
LONG = f"{'l' * 251}.txt"
End = tuple[str, str]
WORDS: End = ("words", "")
# How names in archives are told that lead elsewhere, or read otherwise than they are.
TOLD = {
    "../outside.txt": "outside.txt",
    "/etc/passwd": "etc/passwd",
    "..\\windows.txt": "windows.txt",
    "right\u202etxt.exe": "righttxt.exe",
}


class Folder:
    """A folder on the disk; `ends` says of each file in it, and in its archives, how it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ends: dict[str, End] = {}

    def add(self, name: str, content: bytes, text: str = "", code: str = "") -> None:
        """Write a file that ends with a text or with a code; with neither, it is an archive."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if text or code:
            self.ends[f"{self.path.name}/{name}"] = (text, code)

    def add_archive(self, name: str, content: bytes, ends: dict[str, End]) -> None:
        """Write an archive whose entries end so."""
        self.add(name, content)
        self.ends |= {f"{self.path.name}/{name}/{entry}": end for entry, end in ends.items()}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("a site"), **PATIENT) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    made = Folder(tmp_path_factory.mktemp("people's") / "hostile")
    add_files(made)
    add_archives(made)
    add_broken_archives(made)
    add_bombs(made)
    add_odd_names(made)
    return made


def add_files(folder: Folder) -> None:
    for name, file in FILES.items():
        if not name.startswith(("/", "../")):  # there are such in archives alone
            folder.add(name, file.content, file.text, file.code)


def add_archives(folder: Folder) -> None:
    files = {name: file.content for name, file in {**FILES, **ARCHIVES}.items()}
    ends = {TOLD.get(name, name): (file.text, file.code) for name, file in FILES.items()}
    ends |= dict.fromkeys(ARCHIVES, ("", "nested_archive"))
    folder.add_archive("all.zip", zip_of(dict(files)), ends)
    folder.add_archive("all.tar.xz", tar_of(dict(files), "xz"), ends)
    for name in ("more.zip", "more.tar", "more.tar.gz"):
        folder.add_archive(name, ARCHIVES[name].content, {"a.txt": ("x", "")})
    same = zip_of({"a.txt": b"words", "../a.txt": b"others"})
    folder.add_archive("same.zip", same, {"a.txt": WORDS, "a (2).txt": ("others", "")})
    nul = zip_of({"nul@name.txt": b"words"}).replace(b"nul@", b"nul\0")
    folder.add_archive("nul.zip", nul, {"nul\ufffdname.txt": WORDS})


def add_broken_archives(folder: Folder) -> None:
    two: dict[str, bytes | str] = {"a.txt": b"words", "b.txt": b"words"}
    folder.add("cut.zip", zip_of(two)[:-30], code="archive_broken")
    folder.add("cut.tar", tar_of(two)[:1100], code="archive_broken")
    folder.ends["hostile/cut.tar/a.txt"] = WORDS
    folder.add("empty.zip", zip_of({}), code="empty_file")
    folder.add("empty.tar", tar_of({}), code="unsupported_media_type")


def add_bombs(folder: Folder) -> None:
    contents = {name: make() for name, (make, _) in HOSTILE.items()}
    for name, (_, code) in HOSTILE.items():
        folder.add(f"bombs/{name}", contents[name], code=code)
    # What is packed tighter than any text is refused before it is read.
    tight = {"unclosed elements": "too_large", "nested JSON members": "too_large"}
    bombs = {name: ("", tight.get(name, HOSTILE[name][1])) for name in BOMBS}
    folder.add_archive("bombs.zip", zip_of({name: contents[name] for name in BOMBS}), bombs)
    blank: dict[str, bytes | str] = {"blank.txt": b" " * 60_000_000, "a.txt": b"words"}
    folder.add_archive("zip", zip_of(blank), {"blank.txt": ("", "too_large"), "a.txt": WORDS})
    overlap = ARCHIVES["overlap.zip"].content
    folder.add_archive("overlap.zip", overlap, {"k": ("", "unsupported_media_type")})
    folder.ends["hostile/overlap.zip"] = ("", "archive_broken")
    zeros = {"a.txt": b"words", "y": bytes(49_000_000), "z": bytes(49_000_000), "b.txt": b"words"}
    ends = {"a.txt": WORDS, "y": ("", "too_large")}
    folder.add_archive("zeros.tar.gz", tar_of(dict(zeros), "gz"), ends)
    folder.ends["hostile/zeros.tar.gz"] = ("", "too_large")


def add_odd_names(folder: Folder) -> None:
    folder.add("escape\x1b[31m\nline.txt", b"words", *WORDS)
    folder.add("escape\x1b[31m.zip", b"PK\3\4 is all", code="archive_broken")
    folder.add(LONG, b"words")
    digest = hashlib.sha256(f"hostile/{LONG}".encode()).hexdigest()[:16]
    folder.ends[f"{f'hostile/{LONG}'[:238]}~{digest}"] = WORDS
    Path(os.fsdecode(bytes(folder.path) + b"/caf\xe9.txt")).write_bytes(b"words")
    folder.ends["hostile/caf?.txt"] = ("", "strange_name")
    (folder.path / "link.txt").symlink_to("/etc/passwd")
    folder.ends["hostile/link.txt"] = ("", "symbolic_link")
    os.mkfifo(folder.path / "pipe")
    folder.ends["hostile/pipe"] = ("", "special_file")


class Answer(NamedTuple):
    """What was asked for, the status of the answer, and the seconds it took."""

    address: str
    status: int
    seconds: float


@contextmanager
def asking(*addresses: str, headers: dict[str, str]) -> Iterator[list[Answer]]:
    """Ask for the addresses over and over meanwhile; yield the answers as they come."""
    answers: list[Answer] = []
    is_over = threading.Event()

    def ask() -> None:
        with httpx.Client(timeout=60, headers=headers) as client:
            while not is_over.wait(0.1):
                for address in addresses:
                    began = time.monotonic()
                    status = client.get(address).status_code
                    answers.append(Answer(address, status, time.monotonic() - began))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        is_over.set()
        thread.join()


def run_command(site: RunningSite, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command of whoever keeps the site, as they do."""
    command = [sys.executable, "-m", "config.launcher.manage", "import_documents", *words]
    return subprocess.run(
        command,
        cwd=CHECKOUT,
        env=site.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )


def pages(client: httpx.Client, address: str) -> Iterator[dict[str, Any]]:
    following: str | None = f"{address}?limit=500"
    while following:
        page = client.get(following).json()
        yield from page["results"]
        following = page["next"]


def ends_of(client: httpx.Client, project: str) -> dict[str, End]:
    """Return how all that was imported ended: documents, and what was refused."""
    found: dict[str, End] = {}
    for job in pages(client, f"/projects/{project}/jobs"):
        for error in pages(client, f"/jobs/{job['id']}/errors"):
            found[error["entry"]] = ("", error["code"])
    for one in pages(client, f"/projects/{project}/documents"):
        if one["status"] == "failed":
            found[one["external_id"]] = ("", one["error"]["code"])
        else:
            assert one["status"] == "ready", one
            text = client.get(f"/documents/{one['id']}/text").json()["text"]
            found[one["external_id"]] = (text.removesuffix("\n"), "")
    return found


def test_one_command_brings_every_file_to_its_end_while_the_site_answers(
    site: RunningSite, folder: Folder
) -> None:
    with site.client() as client:
        email = client.get("/users/me").json()["email"]
        project = client.post("/projects", json={"name": "Hostile"}).json()
        words = (str(folder.path), "--project", project["slug"], "--as", email, "--wait")
        documents = f"{site.api}/projects/{project['id']}/documents"
        headers = {"Authorization": client.headers["Authorization"]}
        with asking(f"{site.address}/readyz", documents, headers=headers) as answers:
            ran = run_command(site, *words)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert {answer.status for answer in answers} == {200}
        assert max(answer.seconds for answer in answers) < SLOWEST
        assert ends_of(client, project["id"]) == folder.ends
        assert_it_was_told(ran, folder)
        again = run_command(site, *words)
        assert "created" not in again.stdout + again.stderr
        assert "revised" not in again.stdout


def assert_it_was_told(ran: subprocess.CompletedProcess[str], folder: Folder) -> None:
    """Require counts and every code, and nothing that commands a terminal."""
    codes = [code for _, code in folder.ends.values() if code]
    assert sorted(re.findall(r"\(([a-z_]+)\)$", ran.stderr, re.MULTILINE)) == sorted(codes)
    assert "hostile/escape\\x1b[31m.zip: Nothing of it was read" in ran.stderr
    assert re.search(r": [0-9]+ created, [0-9]+ refused\.$", ran.stdout, re.MULTILINE)
    assert re.search(r"^Documents: [0-9]+ failed, [0-9]+ ready\.$", ran.stdout, re.MULTILINE)
    assert all(one.isprintable() or one == "\n" for one in ran.stdout + ran.stderr)
