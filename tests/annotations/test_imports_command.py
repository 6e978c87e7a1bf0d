"""`manage.py import_documents` runs the same jobs in its own process."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotations.jobs.importing import records, writing
from annotations.management.commands import import_documents
from annotations.management.terminal import harmless
from documents import pipeline
from documents.models import Document, Job, Project, Role, Worker
from tests.annotations.importing import lines, numbered, texts
from tests.annotations.test_imports_archives import zipped
from tests.client import Client
from tests.factories import LabelFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(project: Project, manager: Client) -> Any:
    """Return a function that runs the command and returns what it printed, errors first."""

    def call(*paths: Path, **options: Any) -> tuple[str, str]:
        out, err = StringIO(), StringIO()
        told = {"project": project.slug, "email": manager.person.email, **options}
        try:
            call_command("import_documents", *map(str, paths), stdout=out, stderr=err, **told)
        except CommandError as error:
            error.add_note(err.getvalue())
            raise
        return err.getvalue(), out.getvalue()

    return call


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_of_records_is_imported_here(run: Any, project: Project, tmp_path: Path) -> None:
    _, out = run(written(tmp_path / "a.jsonl", numbered(3)))
    assert "a.jsonl: 3 created." in out
    assert len(texts(project)) == 3
    job = Job.objects.get()
    assert (job.state, job.source_name) == ("succeeded", "a.jsonl")
    assert "3 skipped" in run(tmp_path / "a.jsonl", project=str(project.pk))[1]


def test_errors_are_printed_by_line(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_documents, "TOLD", 2)
    content = b'{"text": "a"}\n{"text": ""}\n[]\n[]\n'
    err, out = run(written(tmp_path / "a.jsonl", content))
    assert "line 2, text: The row has no text. (required)" in err
    assert "line 3: Expected an object" in err
    assert "and 1 more" in err
    assert "1 created, 3 refused" in out


def test_a_job_that_fails_ends_the_command_with_an_error(run: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="it may be cut off"):
        run(written(tmp_path / "a.json", b'[{"text": "a"}, '))
    assert Document.objects.count() == 1


def test_columns_are_mapped(run: Any, project: Project, tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", b"n;body;year;tag;kind\n1;Ada;1843;a|b;x\n")
    pairs = ["text=body", "external_id=n", "metadata.born=year", "tags=tag", "tag_separator=|"]
    run(path, map=[*pairs, "labels=kind", "title="], on_known="update")
    document = Document.objects.get()
    assert (document.external_id, document.tags) == ("1", ["a", "b"])
    assert document.metadata == {"born": "1843"}
    assert document.annotations.get().label.name == "x"


def test_a_dry_run_prints_what_would_happen(run: Any, tmp_path: Path) -> None:
    document = written(tmp_path / "b.txt", b"Ada.")
    _, out = run(written(tmp_path / "a.jsonl", numbered(1)), document, dry_run=True)
    assert '"sample"' in out
    assert "b.txt: one document." in out
    assert not Document.objects.exists()


def test_missing_labels_are_errors_where_it_is_told(
    run: Any, project: Project, tmp_path: Path
) -> None:
    LabelFactory.create(project=project)
    err, _ = run(
        written(tmp_path / "a.jsonl", lines({"text": "Ada.", "label": "x"})), labels="error"
    )
    assert "unknown_label" in err


def test_a_folder_is_imported_and_processed_here(
    run: Any, project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "letters"
    written(folder / "ada.txt", b"Ada lives.")
    written(folder / "2026" / "bea.html", b"<p>Bea.</p>")
    written(folder / "a.zip", zipped({"c.txt": b"Cleo."}))
    written(folder / "broken.pdf", b"%PDF-1.7 broken")
    err, out = run(folder, wait=True)
    assert "letters: 4 created." in out
    assert "letters/broken.pdf" in err
    assert "pdf_broken" in err
    assert texts(project) == {
        "letters/ada.txt": "Ada lives.",
        "letters/2026/bea.html": "Bea.",
        "letters/a.zip/c.txt": "Cleo.",
        "letters/broken.pdf": "",
    }
    assert "letters: 4 unchanged." in run(folder)[1]


def test_documents_may_be_left_to_workers(run: Any, tmp_path: Path) -> None:
    written(tmp_path / "letters" / "ada.txt", b"Ada lives.")
    out = run(tmp_path / "letters")[1]
    assert "1 documents wait to be processed. No worker is running: start one." in out
    Worker.objects.create(name="worker@here", seen_at=timezone.now())
    assert run(tmp_path / "letters")[1].endswith("1 documents wait to be processed.\n")


def test_a_single_document_is_uploaded(run: Any, project: Project, tmp_path: Path) -> None:
    text = written(tmp_path / "notes.txt", b"Ada lives.\nBea lives.\n")
    pdf = written(tmp_path / "a.pdf", b"%PDF-1.7 \xff\xfe\x00\x01 broken")
    run(text, pdf, wait=True)
    assert texts(project) == {"notes.txt": "Ada lives.\nBea lives.\n", "a.pdf": ""}
    run(text)
    assert Document.objects.count() == 2
    with pytest.raises(CommandError, match="belongs to document"):
        run(text, on_known="error")
    assert "2 created" in run(text, format="lines")[1]


def test_what_workers_have_at_hand_is_waited_for(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(written(tmp_path / "notes.txt", b"Ada lives."))
    later = timezone.now() + timedelta(hours=1)
    Document.objects.update(status="processing", lease_expires_at=later)
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        Document.objects.update(status="pending", lease_expires_at=None)

    monkeypatch.setattr(import_documents, "sleep", wait)
    run(tmp_path / "notes.txt", wait=True)
    assert waited == [import_documents.PAUSE]
    assert Document.objects.get().status == "ready"


def test_ctrl_c_cancels_after_the_step_at_hand(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "ROWS", 2)
    monkeypatch.setattr(import_documents, "TURN", import_documents.TURN * 0)
    write = writing.write

    def interrupted(*args: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return write(*args)

    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(records, "write", interrupted)
        with pytest.raises(CommandError, match="cancelled") as caught:
            run(written(tmp_path / "a.jsonl", numbered(5)))
    assert caught.value.returncode == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert (Job.objects.get().state, Document.objects.count()) == ("cancelled", 2)
    assert "3 created, 2 skipped" in run(tmp_path / "a.jsonl")[1]


def test_a_job_that_a_worker_took_over_is_left_to_it(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_documents, "run_turn", lambda *_: None)
    with pytest.raises(CommandError, match="Another worker has it"):
        run(written(tmp_path / "a.jsonl", numbered(1)))


def test_wrong_words_are_told(run: Any, project: Project, tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", numbered(1))
    viewer = MembershipFactory.create(project=project, role=Role.VIEWER).user
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"email": "nobody@example.org"}, "Nobody with the e-mail"),
        ({"project": "other"}, "sees no project"),
        ({"email": UserFactory.create().email}, "sees no project"),
        ({"email": viewer.email}, "may not add documents"),
        ({"map": ["text"]}, "PROPERTY=COLUMN"),
        ({"map": ["txt=a"]}, "txt"),
        ({"map": ["text=body"], "format": "csv"}, "no column"),
    ]
    for options, told in wrong:
        with pytest.raises(CommandError, match=told):
            run(path, **options)
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "missing.jsonl")
    assert not Document.objects.exists()


class Terminal(StringIO):
    """What somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_a_bar_stays_on_its_line(
    run: Any, manager: Client, project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "letters\x1b[31m"
    for n in range(3):
        written(folder / f"{n}.txt", b"Ada lives.")
    terminal = Terminal()
    told = {"project": project.slug, "email": manager.person.email, "wait": True}
    call_command("import_documents", str(folder), stdout=StringIO(), stderr=terminal, **told)
    shown = terminal.getvalue()
    bars = [line.rpartition("\r")[2] for line in shown.split("\n")]
    assert len(bars) == 3
    assert bars[0].startswith("letters\\x1b[31m: 100%")
    assert "3/3" in bars[0]
    assert bars[1].startswith("processing: 100%")
    assert not bars[2]
    assert "\x1b[31m" not in shown


def test_names_cannot_command_a_terminal() -> None:
    assert harmless("é 日本 a\x1b[2J\r\n\u202eb\udce9\x9b") == (
        "é 日本 a\\x1b[2J\\r\\n\\u202eb\\udce9\\x9b"
    )


def test_documents_are_told_by_how_they_ended(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_documents, "TOLD", 1)
    folder = tmp_path / "letters"
    written(folder / "a.txt", b"Ada lives.")
    written(folder / "b.txt", b"")
    written(folder / "c\x1b.txt", b" ")
    err, out = run(folder, wait=True)
    assert "letters/b.txt: The file has no bytes. (empty_file)" in err
    assert "and 1 more that failed; GET /api/v1/projects/" in err
    assert "Documents: 2 failed, 1 ready." in out


def test_what_a_folder_refuses_is_told_by_its_path(run: Any, tmp_path: Path) -> None:
    written(tmp_path / "letters" / "a\x1b.zip", b"PK\3\4 is all")
    written(tmp_path / "b.zip", zipped({"c.zip": zipped({})}))
    err, _ = run(tmp_path / "letters")
    assert err.startswith("letters/a\\x1b.zip: Nothing of it was read")
    err, _ = run(tmp_path / "b.zip")
    assert err.startswith(f"{tmp_path}/b.zip: c.zip: An archive")


def test_a_name_that_no_database_keeps_is_told(run: Any, tmp_path: Path) -> None:
    for path in (tmp_path / os.fsdecode(b"caf\xe9"), tmp_path / os.fsdecode(b"caf\xe9.txt")):
        (path.mkdir if not path.suffix else path.touch)()
        with pytest.raises(CommandError, match=r"caf\\udce9.*: its name is not in UTF-8"):
            run(path)


def test_a_full_disk_is_told(
    run: Any, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(records, "write", full)
        with pytest.raises(CommandError, match="no room for more"):
            run(written(tmp_path / "a.jsonl", numbered(2)))
    assert "2 created" in run(tmp_path / "a.jsonl")[1]


def test_ctrl_c_leaves_the_processing_to_workers(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        written(tmp_path / "letters" / f"{n}.txt", b"Ada lives.")
    process = pipeline.process

    def interrupted(pk: str) -> None:
        process(pk)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(pipeline, "process", interrupted)
    with pytest.raises(CommandError, match="Interrupted") as caught:
        run(tmp_path / "letters", wait=True)
    assert caught.value.returncode == 130
    assert Document.objects.filter(status="pending").count() == 2
