"""Places to import from are listed in order and in little memory, and nobody gets out of them."""

from __future__ import annotations

import os
import socket
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from config.api.problems import Unavailable
from documents import places
from documents.errors import PathRefused, UnknownPlace
from documents.places import MAX_PATH, list_files, open_file


@pytest.fixture
def scans(tmp_path: Path, settings: Settings) -> Path:
    """Return a folder that managers may import from, beside one that they may not."""
    folder = tmp_path / "scans"
    folder.mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.txt").write_text("secret")
    settings.IMPORT_PLACES = {"scans": folder.as_uri(), "gone": (tmp_path / "gone").as_uri()}
    return folder


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def paths(*asked: str, **more: str) -> list[str]:
    return [file.path for file in list_files("scans", *asked, **more)]


IN_ORDER = ["a.txt", "a/1.txt", "a/b/2.txt", "a0.txt", "b/c.txt", "z.txt", "ä.txt", "日本.txt"]


def test_files_come_in_the_order_of_their_whole_paths(scans: Path) -> None:
    write(scans, *reversed(IN_ORDER))
    assert paths() == IN_ORDER == sorted(IN_ORDER)


def test_each_is_told_with_its_size_and_when_it_changed(scans: Path) -> None:
    write(scans, "a.txt")
    os.utime(scans / "a.txt", (1_800_000_000, 1_800_000_000))
    [file] = list_files("scans")
    assert (file.size, file.changed) == (5, datetime.fromtimestamp(1_800_000_000, UTC))
    assert (file.tag, file.fault) == ("5-1800000000000000000", "")


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
@pytest.mark.parametrize("seen", range(len(IN_ORDER)))
def test_a_listing_goes_on_where_it_was(
    scans: Path, monkeypatch: pytest.MonkeyPatch, seen: int, batch: int
) -> None:
    monkeypatch.setattr(places, "BATCH", batch)
    write(scans, *IN_ORDER)
    assert paths(after=IN_ORDER[seen]) == IN_ORDER[seen + 1 :]


def test_it_goes_on_also_where_what_was_last_is_gone(scans: Path) -> None:
    write(scans, *IN_ORDER)
    assert paths(after="a/b/0") == IN_ORDER[2:]
    assert paths(after="a/b") == IN_ORDER[2:]
    assert paths(after="zz") == IN_ORDER[6:]


@pytest.mark.parametrize(
    ("below", "found"),
    [
        ("a", ["a/1.txt", "a/b/2.txt"]),
        ("a/", ["a/1.txt", "a/b/2.txt"]),
        ("a/b", ["a/b/2.txt"]),
        ("b", ["b/c.txt"]),
    ],
)
def test_a_folder_of_a_place_can_be_asked_for(scans: Path, below: str, found: list[str]) -> None:
    write(scans, *IN_ORDER)
    assert paths(below) == found
    assert paths(below, after=found[0]) == found[1:]
    assert paths(below, after="zzz") == []


def test_a_file_is_opened(scans: Path) -> None:
    write(scans, "a/b/2.txt", "z.txt")
    with open_file("scans", "a/b/2.txt") as file:
        assert (file.read(), file.seek(2), file.read()) == (b"a/b/2.txt", 2, b"b/2.txt")
    with open_file("scans", "z.txt") as file:
        assert file.read() == b"z.txt"
    with pytest.raises(FileNotFoundError):
        open_file("scans", "a/none.txt")


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../secret",
        "../secret/key.txt",
        "a/../../secret/key.txt",
        "/etc/passwd",
        "//etc",
        "a//b",
        "./a",
        "a/.",
        "a\x00b",
        "a\udce4",
        "n" * (MAX_PATH + 1),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(scans: Path, path: str) -> None:
    write(scans, "a/1.txt")
    with pytest.raises(PathRefused):
        open_file("scans", path)
    with pytest.raises(PathRefused):
        list_files("scans", path)


def test_no_link_is_followed(scans: Path) -> None:
    write(scans, "a/1.txt")
    (scans / "to_file").symlink_to(scans.parent / "secret" / "key.txt")
    (scans / "to_folder").symlink_to(scans.parent / "secret")
    (scans / "to_itself").symlink_to(scans)
    (scans / "to_nothing").symlink_to("nothing")
    faults = [(file.path, file.fault) for file in list_files("scans")]
    assert faults == [
        ("a/1.txt", ""),
        *((name, "symbolic_link") for name in ("to_file", "to_folder", "to_itself", "to_nothing")),
    ]
    for path in ("to_file", "to_folder", "to_folder/key.txt", "to_itself/a/1.txt", "to_nothing"):
        with pytest.raises(PathRefused):
            open_file("scans", path)
    for path in ("to_folder", "to_itself/a"):
        with pytest.raises(PathRefused):
            list(list_files("scans", path))


def test_the_place_itself_may_be_one(scans: Path, settings: Settings) -> None:
    write(scans, "a.txt")
    (scans.parent / "link").symlink_to(scans)
    settings.IMPORT_PLACES = {"scans": (scans.parent / "link").as_uri()}
    assert paths() == ["a.txt"]


def test_what_is_no_file_is_told_and_not_opened(scans: Path) -> None:
    os.mkfifo(scans / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(scans)  # the names of sockets are short
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)
        faults = [(file.path, file.fault) for file in list_files("scans")]
        assert faults == [("pipe", "special_file"), ("socket", "special_file")]
        for path in ("pipe", "socket"):
            with pytest.raises(PathRefused):
                open_file("scans", path)
    write(scans, "a/1.txt")
    with pytest.raises(PathRefused):
        open_file("scans", "a")
    with pytest.raises(PathRefused):
        list(list_files("scans", "a/1.txt"))


def test_names_that_cannot_be_stored_are_told_and_their_folders_left(scans: Path) -> None:
    write(scans, "b.txt")
    for name in (b"a\xe4.txt", b"f\xe4"):
        write(scans / os.fsdecode(name), "1.txt")
    deep = scans / ("n" * 250) / ("n" * 250) / ("n" * 250)
    write(deep, "n" * 249)
    found = [(file.path, file.fault) for file in list_files("scans")]
    assert found[0] == ("a?.txt", "strange_name")
    assert found[2] == ("f?", "strange_name")
    assert (len(found[3][0]), found[3][1]) == (MAX_PATH, "strange_name")
    assert [found[1]] == [("b.txt", "")]


def test_what_goes_while_it_is_listed_is_left_out(
    scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(scans, "a.txt", "b/1.txt", "c.txt")
    listing = list_files("scans")
    assert next(listing).path == "a.txt"
    (scans / "b/1.txt").unlink()
    (scans / "b").rmdir()
    assert [file.path for file in listing] == ["c.txt"]


def test_a_listing_that_is_given_up_holds_nothing_open(scans: Path) -> None:
    write(scans, "a/b/1.txt", "a/b/2.txt")
    before = len([*Path("/proc/self/fd").iterdir()])
    listing: Any = list_files("scans")
    next(listing)
    listing.close()
    assert len([*Path("/proc/self/fd").iterdir()]) == before


def test_memory_does_not_grow_with_a_folder(scans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "BATCH", 100)
    for number in range(5_000):
        (scans / f"{number:090}").touch()
    tracemalloc.start()
    try:
        assert sum(1 for _ in list_files("scans")) == 5_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200_000  # all names at once take more than twice as much


def test_a_place_is_known_by_its_name(scans: Path, settings: Settings) -> None:
    with pytest.raises(UnknownPlace, match=r"Expected one of: gone, scans. Found 'press'."):
        list_files("press")
    settings.IMPORT_PLACES = {}
    with pytest.raises(UnknownPlace, match="none is set up"):
        open_file("scans", "a.txt")


def test_a_folder_that_is_not_there_is_told(scans: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(list_files("gone"))
    with pytest.raises(FileNotFoundError):
        list(list_files("scans", "none"))


def test_a_folder_that_cannot_be_read_is_told_and_left(
    scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(scans, "a.txt", "b/1.txt", "c.txt")

    def refuse(above: int, name: str) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(places, "_open_folder", refuse)
    found = [(file.path, file.fault) for file in list_files("scans")]
    assert found == [("a.txt", ""), ("b", "unreadable"), ("c.txt", "")]


def test_a_place_that_refuses_is_told(scans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("documents.places.os.open", refuse)
    with pytest.raises(Unavailable, match="Permission denied"):
        open_file("scans", "a.txt")


def test_who_works_on_the_server_may_point_at_a_folder(scans: Path) -> None:
    write(scans, "a.txt")
    assert [file.path for file in list_files(scans)] == ["a.txt"]
    with open_file(scans, "a.txt") as file:
        assert file.read() == b"a.txt"
    with pytest.raises(PathRefused, match="the path of a file"):
        open_file(scans, "")
