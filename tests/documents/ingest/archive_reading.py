"""Read archives in a process of their own and in this one, and tell what came of it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from documents.ingest import Limits
from documents.ingest.archives import Entry
from documents.ingest.archives.child import Telling
from documents.ingest.archives.wire import ArchiveOrder, decode_head
from tests.documents.ingest.archive_files import Packing

PACKINGS: list[Packing] = ["", "gz", "bz2", "xz"]
FILES: dict[str, bytes | str] = {"a.txt": "Ada", "b/c.txt": "Björn", "d.bin": bytes(range(256))}
Read = Callable[..., Iterator[Entry]]
Make = Callable[[], bytes]


def told(entries: Iterator[Entry]) -> list[tuple[int, str, bytes | str]]:
    """Return index, name, and content or code of each entry."""
    found: list[tuple[int, str, bytes | str]] = []
    for entry in entries:
        if entry.error:
            assert entry.content is None
            found.append((entry.index, entry.name, entry.error.code))
        else:
            assert entry.content is not None
            held = entry.content.read()
            assert len(held) == entry.size
            found.append((entry.index, entry.name, held))
    return found


def in_process(content: bytes, start: int = 0, **limits: Any) -> list[tuple[Any, ...]]:
    """Return what the inside of a cell tells, run here so that it can be measured."""
    order, sink = ArchiveOrder(Limits(**limits), start), BytesIO()
    Telling(BytesIO(content), sink, order, Timeless()).run(lambda: None)
    sink.seek(0)
    found: list[tuple[Any, ...]] = []
    while line := sink.readline():
        if line.startswith(b"progress"):
            continue
        head = decode_head(line, order.limits, 0)
        code = head.error.code if head.error else ""
        found.append((head.index, head.name, code or sink.read(head.size)))
    return found


class Timeless:
    def next(self) -> None:
        pass

    def pause(self) -> None:
        pass


END = (None, "", b"")


def failure(code: str) -> tuple[None, str, str]:
    return (None, "", code)


def packed(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(content) + packer.flush()


def random(size: int) -> bytes:
    return b"".join(
        zlib.crc32(number.to_bytes(4, "big")).to_bytes(4, "big") for number in range(size // 4)
    )


def assert_one_is_refused(make: Make, code: str) -> None:
    """Hold that of an archive of bad and good.txt only the good one comes, and why."""
    bad, good, end = in_process(make())
    assert (bad[:2], bad[2]) == ((0, "bad"), code)
    assert good[:2] == (1, "good.txt")
    assert end == END


def assert_it_ends(make: Make, limits: dict[str, Any], good: int, code: str) -> None:
    """Hold that an archive cannot be read beyond so many good entries, and why."""
    entries = in_process(make(), **limits)
    assert entries[-1] == failure(code)
    kept = [entry for entry in entries[:-1] if isinstance(entry[2], bytes)]
    assert len(kept) == good
