from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from documents.ingest import (
    Boilerplate,
    Extraction,
    ExtractionError,
    Limits,
    cell,
    extract_in_cell,
    process,
)
from documents.ingest.media_type import CSV, EML, EPUB, JSON, JSON_LINES, ODT, RTF, TSV
from documents.ingest.wire import Order
from tests.documents.ingest.docx_files import docx, paragraph, zipped
from tests.documents.ingest.epub_files import page
from tests.documents.ingest.epub_files import parts as epub_parts
from tests.documents.ingest.languages import CHINESE, JAPANESE, RUSSIAN
from tests.documents.ingest.layouts import assert_sound, page_texts
from tests.documents.ingest.odt_files import odt, p
from tests.documents.ingest.pdf_files import document, encrypted, lines

# Slow enough to be caught: each element has all the others above it.
NEVER_ENDING = b"<div>" * 300_000
LETTER = (
    b"From: =?iso-8859-1?q?=C9?= <a@x.org>\nDate: b\nSubject: =?windows-1251?b?z/Do4uXy?=\n"
    b"Content-Type: text/plain; charset=iso-8859-1\n\nw\xf6rds"
)
ALONE = """
import sys
sys.path.insert(0, sys.argv[1])
from documents.ingest import extract_in_cell
print(extract_in_cell(open(sys.argv[2], "rb"), file_name="a.txt").text)
"""

Reader = Callable[..., Extraction]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    def read(content: bytes, file_name: str = "", **limits: Any) -> Extraction:
        path = tmp_path / "with a space"
        path.write_bytes(content)
        with path.open("rb") as file:
            return extract_in_cell(file, file_name=file_name, limits=Limits(**limits))

    return read


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Return the processes that are started during the test."""
    processes: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    return processes


def code_of(read: Reader, content: bytes, **limits: Any) -> str:
    with pytest.raises(ExtractionError) as caught:
        read(content, **limits)
    return caught.value.code


@pytest.mark.parametrize(
    ("content", "name", "media_type", "text"),
    [
        (b"plain words", "a.md.txt", "text/plain", "plain words"),
        (CHINESE.encode("utf-16"), "", "text/plain", CHINESE),
        (CHINESE.encode("utf_16_le"), "", "text/plain", CHINESE),
        (JAPANESE.encode("cp932"), "", "text/plain", JAPANESE),
        (JAPANESE.encode("iso2022_jp"), "", "text/plain", JAPANESE),
        ("a\ud83d\ude00".encode("utf_8", "surrogatepass"), "", "text/plain", "a😀"),
        (b"# Title", "a.md", "text/markdown", "# Title"),
        (b"<meta charset=koi8-r><p>\xc1", "a.txt", "text/html", "а"),  # noqa: RUF001 - Cyrillic
        (document(lines("words")), "a.txt", "application/pdf", "words"),
        (encrypted("words", password=b""), "", "application/pdf", "words"),
        (
            docx(paragraph("words")),
            "a.txt",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "words",
        ),
        (odt(p("words")), "a.doc", ODT, "words"),
        (zipped(epub_parts({"a.xhtml": page("words")})), "a.zip", EPUB, "words"),
        (
            zipped(epub_parts({"a.xhtml": b"<p>" + RUSSIAN.encode("koi8_r")})),
            "",
            EPUB,
            RUSSIAN.replace("\n", " "),
        ),
        (b"{\\rtf1\\ansicpg932 \\'93\\'fa\\u26412?}", "a.txt", RTF, "日本"),
        (LETTER, "a.txt", EML, "From: É <a@x.org>\nDate: b\nSubject: Привет\n\nwörds"),
        (b"a,b\n1,2", "a.txt", CSV, "a,b\n1,2"),
        (b"a\tb\n1\t2", "a.csv", TSV, "a\tb\n1\t2"),
        (b"[1]", "a.csv", JSON, "[1]"),
        (b"[1]\n[2]", "a.csv", JSON_LINES, "[1]\n[2]"),
    ],
)
def test_every_kind_of_file_is_read(
    read: Reader, content: bytes, name: str, media_type: str, text: str
) -> None:
    extraction = read(content, name)
    assert (extraction.media_type, extraction.text) == (media_type, text)


def test_a_long_pdf_keeps_its_pages(read: Reader) -> None:
    pages = [lines(*(f"Line {line} of page {page}" for line in range(45))) for page in range(300)]
    extraction = read(document(*pages), wall_seconds=60)  # the machine may be busy
    assert len(page_texts(extraction)) == 300
    assert page_texts(extraction)[299].startswith("Line 0 of page 299\nLine 1 of page 299\n")
    assert_sound(extraction)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b" \n", "no_text_found"),
        (bytes(range(256)) * 8, "unsupported_media_type"),
        (encrypted("x", password=b"sesame"), "pdf_encrypted"),
        (document(lines("x"))[:-300], "pdf_broken"),
        (docx(paragraph("x"))[:-30], "docx_broken"),
    ],
)
def test_an_expected_failure_arrives_with_its_code(read: Reader, content: bytes, code: str) -> None:
    assert code_of(read, content) == code


def test_limits_reach_the_cell(read: Reader) -> None:
    assert code_of(read, b"12345", characters=4) == "too_large"


def test_time_on_the_processor_is_bounded(
    read: Reader, started: list[subprocess.Popen[bytes]]
) -> None:
    assert code_of(read, NEVER_ENDING, cpu_seconds=1) == "parser_timeout"
    assert [process.returncode for process in started] == [-signal.SIGXCPU]


def test_time_by_the_clock_is_bounded_and_the_cell_is_ended(
    read: Reader, started: list[subprocess.Popen[bytes]]
) -> None:
    assert code_of(read, NEVER_ENDING, wall_seconds=0.3) == "parser_timeout"
    assert [process.returncode for process in started] == [-signal.SIGKILL]


def test_a_cell_that_answers_but_does_not_end_is_late(
    read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "START", "import os, time; os.close(1); time.sleep(60)")
    assert code_of(read, b"x", wall_seconds=0.5) == "parser_timeout"


def test_a_keeper_that_may_not_kill_waits(read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "killpg", forbid)
    monkeypatch.setattr(process, "START", "import signal; signal.alarm(1); signal.pause()")
    assert code_of(read, b"x", wall_seconds=0.1) == "parser_timeout"


@pytest.mark.parametrize("content", [b"<html>" + b"<b>" * 9_000_000, b"\xe9" * 45_000_000])
def test_memory_is_bounded(read: Reader, content: bytes) -> None:
    megabytes = 1024 * 1024
    assert code_of(read, content, memory_bytes=150 * megabytes) == "parser_out_of_memory"


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "parser_crashed"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGABRT)", "parser_out_of_memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "parser_out_of_memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGALRM)", "parser_timeout"),
        ("raise SystemExit(3)", "parser_crashed"),
        ("print('nonsense')", "parser_crashed"),
        ("pass", "parser_crashed"),
        ("print('x' * 5_000_000)", "too_large"),
    ],
)
def test_however_a_cell_ends_there_is_a_code(
    read: Reader, monkeypatch: pytest.MonkeyPatch, program: str, code: str
) -> None:
    monkeypatch.setattr(process, "START", program)
    assert code_of(read, b"x", output_bytes=4_000_000) == code


def test_an_interrupted_keeper_ends_its_cell(
    read: Reader, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(process.Cell, "_fill", interrupt)
    with pytest.raises(KeyboardInterrupt):
        read(NEVER_ENDING)
    assert [process.returncode for process in started] == [-signal.SIGKILL]


def test_progress_is_told_while_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "BEAT", 0.01)
    path = tmp_path / "file"
    path.write_bytes(document(*[lines("words")] * 200))
    reports: list[tuple[int, int]] = []
    with path.open("rb") as file:
        extract_in_cell(file, file_name="", on_progress=lambda *report: reports.append(report))
    assert reports
    assert reports == sorted(reports)
    assert {total for _, total in reports} <= {0, 200}


def test_a_report_that_fails_ends_the_cell(
    tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    def fail(done: int, total: int) -> None:
        raise KeyError

    path = tmp_path / "file"
    path.write_bytes(NEVER_ENDING)
    with path.open("rb") as file, pytest.raises(KeyError):
        extract_in_cell(file, file_name="", on_progress=fail)
    assert [process.returncode for process in started] == [-signal.SIGKILL]


def test_options_reach_the_cell(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"<html><nav>menu</nav><p>Words enough to be taken for prose, all of them.")
    with path.open("rb") as file:
        text = extract_in_cell(file, file_name="", boilerplate=Boilerplate.DROP).text
    assert text == "Words enough to be taken for prose, all of them."


def test_a_cell_without_a_keeper_ends_itself() -> None:
    order = Order(Limits(wall_seconds=0), markdown_name=False).encode()
    command = [sys.executable, "-I", "-c", process.START, str(process.ROOT), cell.MODULE, order]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env={}) as running:
        assert running.wait(30) == -signal.SIGALRM


def test_a_cell_inherits_nothing(
    read: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    program = (
        "import os, pathlib;"
        f"pathlib.Path({str(told)!r}).write_text("
        "repr((dict(os.environ), os.getcwd(), os.getsid(0) == os.getpid(),"
        " sorted(os.listdir('/proc/self/fd'))[:3])))"
    )
    monkeypatch.setenv("SECRET", "known")
    monkeypatch.setattr(process, "START", program)
    code_of(read, b"x")
    assert "SECRET" not in told.read_text()
    assert told.read_text().endswith(", '/', True, ['0', '1', '2'])")


def test_many_threads_may_ask_at_once(tmp_path: Path) -> None:
    def text_of(number: int) -> str:
        path = tmp_path / str(number)
        path.write_text(f"text {number}")
        with path.open("rb") as file:
            return extract_in_cell(file, file_name="").text

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(text_of, range(8))) == [f"text {number}" for number in range(8)]


def test_it_works_from_any_folder_in_any_path(tmp_path: Path) -> None:
    root = tmp_path / "a b é"
    shutil.copytree(process.ROOT / "documents" / "ingest", root / "documents" / "ingest")
    (root / "documents" / "__init__.py").touch()
    source = tmp_path / "source"
    source.write_text("words")
    command = [sys.executable, "-I", "-c", ALONE, str(root), os.fspath(source)]
    done = subprocess.run(command, capture_output=True, cwd="/", env={}, check=True, timeout=30)
    assert done.stdout == b"words\n"
