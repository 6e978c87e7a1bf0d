"""The real web, worker and beat processes over HTTP, with real files; and the README's tour."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest

from annotations.sample.corpus import hand_written
from annotations.sample.files import write_file
from annotations.sample.pdf_file import write_pdf
from tests.documents.ingest import docx_files, pdf_files
from tests.running_site import CHECKOUT, RunningSite, running_site, wait_for

pytestmark = pytest.mark.xdist_group("site")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("a site")) as running:
        yield running


@pytest.fixture(autouse=True)
def _told(site: RunningSite) -> Iterator[None]:
    """Show, where a test fails, what the launcher said of its parts."""
    yield
    sys.stdout.write(site.told()[-3000:])


def upload(client: httpx.Client, project: str, name: str, content: bytes) -> str:
    answer = client.post(f"/projects/{project}/documents", files={"file": (name, content)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def processed(client: httpx.Client, document: str) -> dict[str, Any]:
    seen: list[dict[str, Any]] = []

    def is_final() -> bool:
        seen.append(client.get(f"/documents/{document}").json())
        return seen[-1]["status"] in {"ready", "failed"}

    try:
        wait_for(is_final, seconds=90)
    except AssertionError as error:
        error.add_note(f"last seen: {seen[-1]}")
        raise
    return seen[-1]


def text_of(client: httpx.Client, document: str) -> str:
    return str(client.get(f"/documents/{document}/text").json()["text"])


@pytest.fixture
def client(site: RunningSite) -> Iterator[httpx.Client]:
    with site.client() as client:
        yield client


@pytest.fixture
def project(client: httpx.Client) -> str:
    return str(client.post("/projects", json={"name": "Press"}).json()["id"])


def long_pdf(pages: int) -> bytes:
    sample = next(one for one in hand_written() if one.format == "pdf" and one.language == "en")
    longer = sample.passages
    while (content := write_pdf(replace(sample, passages=longer))).count(b"/Type /Page ") < pages:
        longer = longer * 2
    return content


def test_the_tour_in_the_readme_works_word_for_word(site: RunningSite, tmp_path: Path) -> None:
    readme = (CHECKOUT / "README.md").read_text()
    tour = readme.split("## Five minutes with curl")[1].split("\n## ")[0]
    script = "\n".join(re.findall(r"```sh\n(.*?)```", tour, re.DOTALL))
    environment = {"PATH": os.environ["PATH"], "API": site.api, "LANG": "C.UTF-8"}
    command = ["bash", "-euo", "pipefail", "-c", script]
    ran = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert '"code":"stale_version"' in ran.stdout
    (line,) = (tmp_path / "press.jsonl").read_text().splitlines()
    document = json.loads(line)
    assert document["external_id"] == "press-1"
    assert "never text" not in document["text"]
    (approved,) = document["annotation_sets"]
    assert approved["state"] == "approved"
    found = {one["label"]["name"]: one for one in approved["annotations"]}
    assert set(found) == {"person", "good news"}
    person = found["person"]
    assert person["confidence"] == 0.9
    assert document["text"][person["start"] : person["end"]] == person["quote"] == "Ada Lovelace"


def test_events_are_streamed_by_the_process_for_it(
    site: RunningSite, client: httpx.Client, project: str
) -> None:
    path = f"/projects/{project}/events/stream"
    with client.stream("GET", path, follow_redirects=True) as answer:
        assert (answer.status_code, len(answer.history)) == (200, 1)
        assert answer.url.port == int(site.environment["LIVE_PORT"])
        upload(client, project, "a.txt", b"Ada Lovelace lives in Turin.")
        lines = answer.iter_lines()
        names = ("document.created", "document.ready")
        assert all(f"event: {name}" in lines for name in names)  # written by web and worker


def test_the_demo_is_there_and_its_accounts_are_told(site: RunningSite) -> None:
    lines = (site.var / "demo_accounts").read_text().splitlines()
    email, password, role = lines[0].split()
    assert role == "superuser"
    wait_for(lambda: email in site.told())  # said once it is ready
    assert password in site.told()
    with site.client_of(email, password) as client:
        demo = client.get("/projects").json()["results"][0]
        url = f"/projects/{demo['id']}/documents?status=ready&count=true"
        assert client.get(url).json()["count"] == 26


def test_real_files_become_text(client: httpx.Client, project: str) -> None:
    documents = [
        upload(client, project, sample.file_name, write_file(sample)) for sample in hand_written()
    ]
    for document in documents:
        body = processed(client, document)
        assert body["status"] == "ready", (body["source_name"], body["error"])
        assert body["revision"]["length"] == len(text_of(client, document))


JAPANESE = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。" * 5
CELLS = (docx_files.paragraph("Name"), docx_files.paragraph("Zoë"))
HARD_FILES = {
    "utf-16.txt": ("Zoë 👩‍🔬 in Ærø\r\n".encode("utf-16"), "Zoë 👩‍🔬 in Ærø\r\n"),
    "shift-jis.txt": (JAPANESE.encode("shift_jis"), JAPANESE),
    "page.html": (b"<p>Seen</p><script>var hidden</script><style>p{}</style>", "Seen"),
    "table.docx": (docx_files.docx(docx_files.table(CELLS)), "Name\tZoë"),
    "encrypted.pdf": (pdf_files.encrypted("Secret", password=b"key"), "pdf_encrypted"),
    "broken.pdf": (b"%PDF-1.7\n" + b"no objects here " * 50, "pdf_broken"),
    "scan.pdf": (pdf_files.document(b""), "no_text_found"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "unsupported_media_type"),
}


@pytest.mark.parametrize("name", HARD_FILES)
def test_hard_files_end_as_they_should(client: httpx.Client, project: str, name: str) -> None:
    content, expected = HARD_FILES[name]
    document = upload(client, project, name, content)
    body = processed(client, document)
    ended = body["error"]["code"] if body["error"] else text_of(client, document)
    assert ended.rstrip("\n") == expected.rstrip("\n")


def test_a_pdf_of_three_hundred_pages_keeps_its_pages(client: httpx.Client, project: str) -> None:
    document = upload(client, project, "long.pdf", long_pdf(300))
    assert processed(client, document)["status"] == "ready"
    pages = client.get(f"/documents/{document}/layout").json()["pages"]
    assert len(pages) >= 300
    assert all(start < end for start, end in pages)


def test_a_document_whose_worker_is_killed_still_ends_ready_once(
    site: RunningSite, client: httpx.Client, project: str
) -> None:
    document = upload(client, project, "long.pdf", long_pdf(600))
    wait_for(lambda: client.get(f"/documents/{document}").json()["status"] == "processing")
    site.kill("worker")
    assert site.process.wait(90) == 1
    assert "worker ended" in site.told()
    site.start()
    body = processed(client, document)
    assert body["status"] == "ready"
    assert body["revision"]["number"] == 1


def test_a_worker_outlives_all_its_processes(
    site: RunningSite, client: httpx.Client, project: str
) -> None:
    for name in ("one.txt", "two.txt"):  # each time another process waits first in the row
        site.kill_children("worker")
        document = upload(client, project, name, f"Ada wrote {name}.".encode())
        assert processed(client, document)["status"] == "ready"
    assert httpx.get(f"{site.address}/readyz").status_code == 200


def test_an_upload_whose_connection_tears_goes_on_where_it_was(
    client: httpx.Client, project: str
) -> None:
    content, tus = b"Ada lives in Turin.\n" * 50_000, {"Tus-Resumable": "1.0.0"}
    length = {"Upload-Length": str(len(content))}
    begun = client.post(f"/projects/{project}/uploads", headers=tus | length)
    address = begun.headers["Location"]
    send_half(client, address, content)
    offset = wait_for(lambda: int(client.head(address, headers=tus).headers["Upload-Offset"]))
    assert 0 < offset < len(content)
    rest = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    assert client.patch(address, content=content[offset:], headers=tus | rest).status_code == 204
    body = {"upload": begun.json()["id"], "title": "Ada"}
    taken = client.post(f"/projects/{project}/documents", json=body)
    assert taken.status_code == 202, taken.text
    assert processed(client, taken.json()["id"])["status"] == "ready"
    assert client.get(f"/documents/{taken.json()['id']}/source").content == content


def test_a_refused_piece_leaves_its_connection_open(client: httpx.Client, project: str) -> None:
    content, tus = b"Ada lives in Turin.\n" * 50_000, {"Tus-Resumable": "1.0.0"}
    length = {"Upload-Length": str(len(content))}
    begun = client.post(f"/projects/{project}/uploads", headers=tus | length)
    site = httpx.URL(begun.headers["Location"])
    signed_in = {"Authorization": client.headers["Authorization"]}
    piece = {"Upload-Offset": "7", "Content-Type": "application/offset+octet-stream"}
    connection = HTTPConnection(site.host, site.port or 80)
    connection.request("PATCH", site.path, content, signed_in | tus | piece)
    refused = connection.getresponse()
    assert (refused.status, json.loads(refused.read())["offset"]) == (409, 0)
    opened = connection.sock
    connection.request(
        "PATCH", site.path, content, signed_in | tus | piece | {"Upload-Offset": "0"}
    )
    assert connection.getresponse().status == 204
    assert connection.sock is opened
    connection.close()


def send_half(client: httpx.Client, address: str, content: bytes) -> None:
    """Begin to send a piece, and be gone in the middle of it."""
    site = httpx.URL(address)
    connection = HTTPConnection(site.host, site.port or 80)
    connection.putrequest("PATCH", site.path)
    headers = {
        "Authorization": client.headers["Authorization"],
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(len(content)),
    }
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(content[: len(content) // 2])
    connection.close()


def test_it_stops_cleanly(site: RunningSite) -> None:
    assert site.stop() == 0
