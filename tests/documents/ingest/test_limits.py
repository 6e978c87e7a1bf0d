from __future__ import annotations

import pytest

from documents.ingest import ExtractionError, Limits


def test_the_defaults_are_the_promised_ones() -> None:
    limits = Limits()
    assert (limits.file_bytes, limits.unpacked_bytes) == (50_000_000, 50_000_000)
    assert (limits.archive_parts, limits.pages, limits.characters) == (2_000, 2_000, 10_000_000)
    assert limits.memory_bytes == 512 * 1024 * 1024
    assert (limits.cpu_seconds, limits.wall_seconds) == (8, 12.0)


def test_as_much_as_allowed_passes() -> None:
    Limits(pages=3).require("pages", 3)


def test_more_than_allowed_is_too_large() -> None:
    with pytest.raises(ExtractionError) as caught:
        Limits(archive_parts=3).require("archive_parts", 4)
    assert caught.value.code == "too_large"
    assert caught.value.detail == "At most 3 archive parts are read, this has 4 or more."
