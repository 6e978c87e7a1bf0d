"""What runs inside tesseract's cell: give up all rights, then become tesseract."""

from __future__ import annotations

import json
import sys
from typing import Any

from documents.ingest.confinement import Steps, become
from documents.ingest.limits import Limits


def main() -> None:  # pragma: no cover - runs confined, where nothing can be measured
    """Obey the order on the command line: picture on standard input, TSV on standard output."""
    program, limits = decode(sys.argv[1])
    Steps(limits)
    become(program)


def encode(program: list[str], limits: Limits) -> str:
    """Return an order as one word of a command line."""
    seconds = limits.ocr_page_seconds
    told = {
        "memory_bytes": limits.ocr_memory_bytes,
        "cpu_seconds": seconds,
        "wall_seconds": seconds,
    }
    return json.dumps({"program": program, "limits": told})


def decode(word: str) -> tuple[list[str], Limits]:
    """Read an order back."""
    values: dict[str, Any] = json.loads(word)
    return values["program"], Limits(**values["limits"])
