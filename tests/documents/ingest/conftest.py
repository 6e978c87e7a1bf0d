"""What the tests of reading may ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from documents.ingest import Limits
from documents.ingest.archives import read_archive_in_cell
from documents.ingest.context import nobody
from tests.documents.ingest.archive_reading import Read


@pytest.fixture
def read_archive(tmp_path: Path) -> Read:
    """Return a function that reads an archive in a cell."""

    def read(content: bytes, start: int = 0, on_progress: Any = None, **limits: Any) -> Any:
        path = tmp_path / "archive"
        path.write_bytes(content)
        with path.open("rb") as source:
            source.seek(0, 2)
            yield from read_archive_in_cell(
                source,
                limits=Limits(**{"wall_seconds": 60, **limits}),
                start=start,
                on_progress=on_progress or nobody,
            )

    return read
