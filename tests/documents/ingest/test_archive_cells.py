"""However the cell of an archive ends there is a code, and it is held to its limits."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.ingest import ExtractionError, Limits, process
from documents.ingest.archives.child import Telling
from documents.ingest.archives.wire import ArchiveOrder, decode_head, encode_refusal
from documents.ingest.errors import ErrorCode
from tests.documents.ingest.archive_files import (
    many,
    tar_of,
    zip_of,
)
from tests.documents.ingest.archive_reading import (
    FILES,
    Read,
    Timeless,
    failure,
    in_process,
    random,
    told,
)

# Cells that fail, and time


@pytest.mark.parametrize(
    ("error", "code"), [(MemoryError(), "parser_out_of_memory"), (KeyError(), "parser_crashed")]
)
def test_any_other_failure_is_told_too(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("documents.ingest.archives.child.members", fail)
    assert in_process(zip_of(FILES)) == [failure(code)]


HEAD = '{"index": 0, "name": "a", "size": 1}'


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("pass", "parser_crashed"),
        ("raise SystemExit(3)", "parser_crashed"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGPROF)", "parser_timeout"),
        ("print('nonsense')", "parser_crashed"),
        ("print('[]')", "parser_crashed"),
        ("print('{}')", "parser_crashed"),
        ("print('x' * 5_000_000)", "parser_crashed"),
        (f"print('{HEAD}')", "parser_crashed"),
        (f"print('{HEAD}'); raise SystemExit(4)", "parser_crashed"),
        (f"print('{HEAD}'.replace('1', '50000001'))", "parser_crashed"),
        (f"print('{HEAD}'.replace('0', '-1'))", "parser_crashed"),
        (f"print('{HEAD}'.replace('0', '100000'))", "parser_crashed"),
        (f"print('{HEAD}'.replace('1', 'null'))", "parser_crashed"),
        (f"print('{HEAD}'.replace('1', '0')); print('{HEAD}')", "parser_crashed"),
        ("print('{\"end\": true}'); raise SystemExit(1)", "parser_crashed"),
        ('print(\'{"code": "unheard_of", "detail": ""}\')', "parser_crashed"),
        ("print('progress 1 2'); import time; time.sleep(60)", "parser_timeout"),
        ("while True: print('progress 1 2')", "parser_timeout"),
    ],
)
def test_however_a_cell_ends_there_is_a_code(
    read_archive: Read, monkeypatch: pytest.MonkeyPatch, program: str, code: str
) -> None:
    monkeypatch.setattr(process, "START", program)
    with pytest.raises(ExtractionError) as caught:
        told(read_archive(zip_of(FILES), wall_seconds=1.5))
    assert caught.value.code == code


def test_a_cell_cannot_say_more_than_the_limit_on_all(
    read_archive: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        process, "START", f"print('{HEAD}'.replace('1', '4') + '\\n123', flush=True)"
    )
    with pytest.raises(ExtractionError) as caught:
        told(read_archive(zip_of(FILES), archive_bytes=3))
    assert caught.value.code == "too_large"


def test_time_holds_for_a_step_and_not_while_the_keeper_is_busy(read_archive: Read) -> None:
    # Larger than a pipe holds, so that the cell waits for the keeper.
    archive = zip_of({name: random(400_000) for name in "abc"})
    clock = 0
    for entry in read_archive(archive, wall_seconds=2, cpu_seconds=1):
        assert entry.content is not None
        subprocess.run(["sleep", "1.2"], check=True)  # a keeper that is busy elsewhere
        clock += 1
    assert clock == 3


def test_progress_tells_the_bytes_that_were_read(
    read_archive: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        "import time\nfor n in (1, 2): print('progress', n, 9, flush=True); time.sleep(1.1)\n"
        "print('{\"end\": true}')"
    )
    monkeypatch.setattr(process, "START", program)
    reports: list[tuple[int, int]] = []
    assert (
        told(
            read_archive(
                zip_of(FILES), on_progress=lambda *report: reports.append(report), wall_seconds=2
            )
        )
        == []
    )
    assert reports[0] == (1, 9)
    assert (2, 9) in reports


def test_a_long_walk_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documents.ingest.archives.child.BEAT", 0)
    sink = BytesIO()
    archive = tar_of(FILES)
    Telling(BytesIO(archive), sink, ArchiveOrder(Limits(), 9), Timeless()).run(lambda: None)
    lines = sink.getvalue().splitlines()
    assert lines[:2] == [b"progress 0 10240", b"progress 512 10240"]
    assert len(archive) == 10_240
    assert lines[-1] == b'{"end": true}'


def test_the_seal_falls_before_anything_is_read() -> None:
    acts: list[str] = []

    class Watched(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            acts.append("read")
            return super().read(size)

    order = ArchiveOrder(Limits(), 0)
    Telling(Watched(zip_of(FILES)), BytesIO(), order, Timeless()).run(lambda: acts.append("seal"))
    assert acts[:2] == ["seal", "read"]


def test_closing_the_iterator_ends_the_cell(
    read_archive: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    entries: Any = read_archive(zip_of({name: random(400_000) for name in "abc"}))
    next(entries)
    entries.close()
    assert [cell.returncode for cell in started] == [-9]


@pytest.mark.parametrize("make", [many, lambda count: tar_of({str(n): b"" for n in range(count)})])
def test_memory_is_flat_in_the_number_of_entries(
    read_archive: Read, make: Callable[[int], bytes]
) -> None:
    # Kept as objects, these would take twice as much.
    entries = read_archive(make(20_000), memory_bytes=30 * 1024 * 1024)
    assert sum(1 for _ in entries) == 20_000


# What crosses


def test_an_order_crosses_unchanged() -> None:
    order = ArchiveOrder(Limits(archive_entries=3), 7)
    assert ArchiveOrder.decode(order.encode()) == order


@given(st.binary().filter(lambda line: b'"end"' not in line))  # which Hypothesis finds in ours
def test_no_line_gets_past_the_checks(line: bytes) -> None:
    with pytest.raises(ExtractionError):
        decode_head(line, Limits(), 0)


def test_a_long_name_is_cut() -> None:
    error = ExtractionError(ErrorCode.ARCHIVE_BROKEN)
    line = encode_refusal(3, "\0" * 70_000, error)
    assert decode_head(line, Limits(), 0).name == "\ufffd" * 2_000
