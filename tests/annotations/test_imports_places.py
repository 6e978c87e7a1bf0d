"""From a place of the operator's, what is new or changed becomes documents, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from annotations.jobs.importing import files, place, shelf
from config.api.problems import Unavailable
from documents import places
from documents.errors import PathRefused
from documents.models import Document, Job, Project
from documents.places import open_file
from tests.annotations.importing import errors_of, finished, texts
from tests.annotations.test_imports_archives import of_documents, process, stored, zipped
from tests.client import Client
from tests.documents.jobs_at_work import work_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """Return a folder that is set up as the place `scans`, with three letters."""
    made = tmp_path / "scans"
    (made / "2026").mkdir(parents=True)
    (made / "ada.txt").write_text("Ada lives.")
    (made / "2026" / "bea.html").write_text("<p>Bea lives.</p>")
    (made / "2026" / "empty.txt").write_text("")
    settings.IMPORT_PLACES = {"scans": made.as_uri()}
    return made


def asked(client: Client, project: Project, **told: Any) -> Any:
    return client.post(f"/projects/{project.pk}/imports", {"place": "scans", **told})


def imported(client: Client, project: Project, **told: Any) -> Any:
    response = asked(client, project, **told)
    assert response.status_code == 202, response.content
    return finished(client, response.json()["id"])


def test_each_file_becomes_a_document(manager: Client, project: Project, folder: Path) -> None:
    job = imported(manager, project)
    assert (job["state"], job["counts"], job["total"]) == ("succeeded", {"created": 3}, 3)
    assert (job["source_name"], job["parameters"]["place"]) == ("scans", "scans")
    process(project)
    assert texts(project) == {
        "scans/ada.txt": "Ada lives.",
        "scans/2026/bea.html": "Bea lives.",
        "scans/2026/empty.txt": "",
    }
    empty = Document.objects.get(external_id="scans/2026/empty.txt")
    assert (empty.status, empty.error_code) == ("failed", "empty_file")
    assert stored() == of_documents()


def test_only_what_is_below_the_path_is_taken(
    manager: Client, project: Project, folder: Path
) -> None:
    job = imported(manager, project, path="2026/")
    assert (job["counts"], job["source_name"]) == ({"created": 2}, "scans/2026")


def test_only_what_is_new_or_changed_is_read_again(
    manager: Client, project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(manager, project)
    process(project)
    (folder / "ada.txt").write_text("Ada moved.")
    (folder / "new.txt").write_text("Cleo.")
    os.utime(folder / "2026" / "bea.html", (1, 1))
    opened: list[str] = []
    usual = open_file

    def noting(where: Any, path: str) -> Any:
        opened.append(path)
        return usual(where, path)

    monkeypatch.setattr(place, "open_file", noting)
    job = imported(manager, project)
    assert job["counts"] == {"created": 1, "revised": 1, "unchanged": 2}
    assert opened == ["2026/bea.html", "ada.txt", "new.txt"]
    process(project)
    assert texts(project)["scans/ada.txt"] == "Ada moved."
    opened.clear()
    assert imported(manager, project)["counts"] == {"unchanged": 4}
    assert opened == []


@pytest.mark.parametrize(
    ("policy", "ended"), [("skip", "skipped"), ("update", "unchanged"), ("error", "refused")]
)
def test_known_files_are_treated_by_the_policy(
    manager: Client, project: Project, folder: Path, policy: str, ended: str
) -> None:
    imported(manager, project)
    process(project)
    (folder / "ada.txt").write_text("Ada moved.")
    assert imported(manager, project, on_known=policy)["counts"] == {ended: 3}
    assert texts(project)["scans/ada.txt"] == "Ada lives."


def test_links_and_what_is_no_file_are_told_and_not_followed(
    manager: Client, project: Project, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    os.mkfifo(folder / "pipe")
    job = imported(manager, project)
    assert job["counts"] == {"created": 3, "refused": 2}
    assert errors_of(manager, job) == [
        ("scans/link.txt", "", "symbolic_link"),
        ("scans/pipe", "", "special_file"),
    ]


REFUSED = [
    ({"place": "other"}, "unknown_place"),
    ({"path": "../"}, "path_refused"),
    ({"path": "/etc"}, "path_refused"),
    ({"path": "2026/../.."}, "path_refused"),
    ({"path": "missing"}, "path_refused"),
    ({"path": "out"}, "path_refused"),
]


@pytest.mark.parametrize(("told", "code"), REFUSED)
def test_what_lies_outside_is_refused_at_once(
    manager: Client, project: Project, folder: Path, tmp_path: Path, told: Any, code: str
) -> None:
    (folder / "out").symlink_to(tmp_path)
    response = asked(manager, project, **told)
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert not Job.objects.exists()


def test_no_request_can_name_a_folder(manager: Client, project: Project, folder: Path) -> None:
    response = asked(manager, project, folder=str(folder))
    assert response.status_code == 422
    assert asked(manager, project, place=str(folder)).json()["code"] == "unknown_place"


def test_archives_are_opened_and_told_where_they_cannot_be(
    manager: Client, project: Project, folder: Path
) -> None:
    (folder / "m.zip").write_bytes(zipped({"a.txt": b"A.", "b/c.txt": b"C."}))
    (folder / "n.zip").write_bytes(zipped({"a.txt": b"A."})[:-10])
    job = imported(manager, project)
    assert job["state"] == "succeeded"
    assert job["counts"] == {"created": 5, "refused": 1}
    assert [entry for entry, *_ in errors_of(manager, job)] == ["scans/n.zip"]
    ids = set(Document.objects.values_list("external_id", flat=True))
    assert ids >= {"scans/m.zip/a.txt", "scans/m.zip/b/c.txt"}
    process(project)
    assert imported(manager, project)["counts"] == {"unchanged": 5, "refused": 1}


def test_files_beyond_the_limit_are_told(
    manager: Client, project: Project, folder: Path, settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 12
    job = imported(manager, project)
    assert errors_of(manager, job) == [("scans/2026/bea.html", "", "too_large")]
    assert job["counts"] == {"created": 2, "refused": 1}


def test_every_turn_goes_on_with_the_next_file(
    manager: Client,
    project: Project,
    folder: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (files, shelf):
        monkeypatch.setattr(module, "FILES", 1)
    settings.JOB_TURN = settings.JOB_TURN * 0
    (folder / "b.zip").write_bytes(zipped({f"{n}.txt": b"N%d." % n for n in range(3)}))
    job = Job.objects.get(pk=asked(manager, project).json()["id"])
    work_on(job)
    assert (job.state, job.counts) == ("succeeded", {"created": 6})
    assert stored() == of_documents()


def test_a_dry_run_stores_nothing(manager: Client, project: Project, folder: Path) -> None:
    assert imported(manager, project, dry_run=True)["counts"] == {"created": 3}
    assert (stored(), Document.objects.count()) == (set(), 0)


def test_what_goes_or_turns_into_a_link_meanwhile_is_told(
    manager: Client, project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = open_file

    def changing(where: Any, path: str) -> Any:
        if path == "ada.txt":
            raise FileNotFoundError(path)
        if path == "2026/bea.html":
            raise PathRefused("It is a link by now.")
        return usual(where, path)

    monkeypatch.setattr(place, "open_file", changing)
    job = imported(manager, project)
    assert errors_of(manager, job) == [
        ("scans/2026/bea.html", "", "path_refused"),
        ("scans/ada.txt", "", "file_gone"),
    ]


def test_a_place_that_goes_meanwhile_fails_the_job(
    manager: Client, project: Project, folder: Path, settings: Settings
) -> None:
    first = asked(manager, project, path="2026").json()["id"]
    second = asked(manager, project).json()["id"]
    for file in (folder / "2026").iterdir():
        file.unlink()
    (folder / "2026").rmdir()
    assert finished(manager, first)["error"]["code"] == "path_not_found"
    settings.IMPORT_PLACES = {}
    assert finished(manager, second)["error"]["code"] == "unknown_place"


@pytest.mark.parametrize("asking", ["list_files", "open_file"])
def test_a_place_that_does_not_answer_is_left_to_the_next_turn(
    manager: Client, project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch, asking: str
) -> None:
    job = Job.objects.get(pk=asked(manager, project).json()["id"])

    def silent(*_: Any, **__: Any) -> Any:
        raise Unavailable("The place answers: later.")

    with monkeypatch.context() as patch:
        patch.setattr(place, asking, silent)
        with pytest.raises(OSError, match="later"):
            work_on(job, turns=1)
    job.refresh_from_db()
    assert job.state == "running"


def test_what_may_not_be_read_is_told_and_the_rest_taken(
    manager: Client, project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual_file, usual_folder = os.open, places._open_folder

    def refuse_file(path: Any, *args: Any, **kwargs: Any) -> int:
        if path == "ada.txt":
            raise PermissionError(13, "Permission denied")
        return usual_file(path, *args, **kwargs)

    def refuse_folder(above: int, name: str) -> int:
        if name == "shut":
            raise PermissionError(13, "Permission denied")
        return usual_folder(above, name)

    (folder / "shut").mkdir()
    # The tests may run as root, who may read everything.
    monkeypatch.setattr("documents.places.os.open", refuse_file)
    monkeypatch.setattr(places, "_open_folder", refuse_folder)
    job = imported(manager, project)
    assert job["counts"] == {"created": 2, "refused": 2}
    assert errors_of(manager, job) == [
        ("scans/ada.txt", "", "unreadable"),
        ("scans/shut", "", "unreadable"),
    ]


def test_an_archive_without_files_is_told(manager: Client, project: Project, folder: Path) -> None:
    (folder / "m.zip").write_bytes(zipped({}))
    job = imported(manager, project)
    assert errors_of(manager, job) == [("scans/m.zip", "", "empty_file")]


def test_a_name_for_people_has_nothing_that_misleads_them(
    manager: Client, project: Project, folder: Path
) -> None:
    name = "right\u202etxt.e\nx\x1b[31me"
    (folder / name).write_text("Words.")
    imported(manager, project)
    document = Document.objects.get(external_id=f"scans/{name}")
    assert document.title == document.source_name == "righttxt.ex[31me"


def test_names_that_cannot_be_kept_are_told_once_whatever_the_turns(
    manager: Client,
    project: Project,
    folder: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (files, shelf):
        monkeypatch.setattr(module, "FILES", 1)
    monkeypatch.setattr(files, "LOOKED_AT", 1)
    settings.JOB_TURN = settings.JOB_TURN * 0
    for name in (b"caf\xe9.txt", b"caf\xea.txt", b"cafZ.txt", b"50%41.txt"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(name)
    job = Job.objects.get(pk=asked(manager, project).json()["id"])
    work_on(job)
    assert (job.state, job.counts) == ("succeeded", {"created": 5, "refused": 2})
