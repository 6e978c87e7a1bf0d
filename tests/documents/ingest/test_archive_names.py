"""Names of entries lead nowhere, and no two entries of an archive share one."""

from __future__ import annotations

from pathlib import Path

import pytest

from documents.ingest.archives import read_archive_in_cell
from documents.ingest.archives.names import LONGEST, Copies, display_name, numbered
from tests.documents.ingest.archive_files import file_in_tar, raw_zip, tar_with

SAME = ["a.txt", "../a.txt", "a (2).txt", "b/a.txt", "a.txt", "a (2).txt"]
NUMBERED = ["a.txt", "a (2).txt", "a (2) (2).txt", "b/a.txt", "a (3).txt", "a (2) (3).txt"]


def names(originals: list[str]) -> list[str]:
    copies = Copies()
    return [numbered(display_name(one), copies.number(one)) for one in originals]


def test_those_that_share_a_name_are_numbered() -> None:
    assert names(SAME) == NUMBERED
    assert names(["a (2).txt", "a.txt", "/a.txt"]) == ["a (2).txt", "a.txt", "a (3).txt"]
    assert names(["", "..", ".a", ".a"]) == ["unnamed", "unnamed (2)", ".a", ".a (2)"]


def test_a_long_path_is_cut_to_one_that_leads_nowhere() -> None:
    cut = display_name(f"x../{'b' * (LONGEST - 3)}")
    assert cut == "b" * (LONGEST - 3)
    assert display_name("a/" * LONGEST) == "a/" * (LONGEST // 2 - 1) + "a"
    assert names(["c" * LONGEST] * 2)[1] == f"{'c' * (LONGEST - 4)} (2)"


@pytest.mark.parametrize("start", range(len(SAME)))
def test_a_name_is_the_same_wherever_reading_begins(tmp_path: Path, start: int) -> None:
    zipped = raw_zip(*((name.encode(), {"data": number}) for number, name in enumerate(SAME)))
    tar = tar_with(*(file_in_tar(name, bytes(number)) for number, name in enumerate(SAME)))
    for content in (zipped, tar):
        (tmp_path / "archive").write_bytes(content)
        with (tmp_path / "archive").open("rb") as source:
            entries = read_archive_in_cell(source, start=start)
            found = [(one.name, one.size) for one in entries]
        assert found == list(zip(NUMBERED, range(len(SAME)), strict=True))[start:]
