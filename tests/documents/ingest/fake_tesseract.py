"""A program that stands in for tesseract, where a test needs one that behaves so."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from documents.ingest.ocr import Tesseract

HEAD = "level page_num block_num par_num line_num word_num left top width height conf text"
# Two words on a line, at 300 dots to the inch: an inch from the left, half an inch high.
WORDS = [
    "4 1 1 1 1 0 300 300 600 150 -1 ",
    "5 1 1 1 1 1 300 310 300 130 96.5 Two",
    "5 1 1 1 1 2 660 320 240 130 91.0 word",
]
SCRIPT = """#!/bin/sh
case "$1" in
--version) echo "tesseract 5.9.1"; echo " leptonica-1.82.0" ;;
--list-langs) echo "List of available languages (2):"; echo "eng"; echo "deu" ;;
*) {program} ;;
esac
"""
Fake = Callable[..., Tesseract]


def tsv(*rows: str) -> str:
    """Return rows as tesseract writes them: twelve columns, the last of which may hold blanks."""
    return "\n".join("\t".join(row.split(" ", 11)) for row in (HEAD, *rows)) + "\n"


def saying(*rows: str) -> str:
    """Return a program that answers such rows."""
    return "printf '%s' '" + tsv(*rows) + "'"


@pytest.fixture
def fake_tesseract(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    """Return a function that puts a program in tesseract's place, and returns it."""
    # Not in pytest's own folder, into which the user of a cell may not look.
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)

    def install(program: str = saying(*WORDS), *, script: str = SCRIPT) -> Tesseract:
        path = folder / "tesseract"
        path.write_text(script.replace("{program}", program))
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return Tesseract(str(path), "5.9.1", "eng")

    yield install
    shutil.rmtree(folder)
