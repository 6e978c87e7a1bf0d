"""Many clients at work, each in a thread, while something happens to the site."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from tests.faults.mirror import Mirror
from tests.faults.people import Desk, Writer
from tests.running_site import wait_for

ENDLESS = 10**6


class Load:
    """Writers at work and a follower of the feed; what fails in one of them fails the test."""

    def __init__(self, desk: Desk, writers: list[Writer], futures: list[Future[None]]) -> None:
        self.desk, self.writers, self._futures = desk, writers, futures

    def wait_for_writes(self, each: int = 2) -> None:
        """Wait until every writer has done some more."""
        before = [writer.written for writer in self.writers]
        self._wait_until(lambda: all(map(_is_past(each), self._written(), before)))

    def wait_for_refusals(self) -> None:
        """Wait until every writer has met the outage."""
        before = [writer.torn + writer.refused for writer in self.writers]
        self._wait_until(lambda: all(map(_is_past(1), self._missed(), before)))

    def _wait_until(self, condition: Callable[[], bool]) -> None:
        wait_for(lambda: condition() or self._failed(), seconds=120)

    def _failed(self) -> bool:
        """Raise what a thread has raised."""
        for future in self._futures:
            if future.done():
                future.result()
        return False

    def _written(self) -> list[int]:
        return [writer.written for writer in self.writers]

    def _missed(self) -> list[int]:
        return [writer.torn + writer.refused for writer in self.writers]


def _is_past(more: int) -> Callable[[int, int], bool]:
    return lambda now, before: now >= before + more


@contextmanager
def working(desk: Desk, clients: int, mirror: Mirror) -> Iterator[Load]:
    """Have clients write, and the feed be followed, until the end of the block."""
    is_over, writers = threading.Event(), desk.people(clients)
    with ThreadPoolExecutor(clients + 1) as pool:
        doings = [partial(writer.work, ENDLESS, is_over) for writer in writers]
        doings.append(partial(keep_following, mirror, is_over))
        futures = [pool.submit(doing) for doing in doings]
        try:
            yield Load(desk, writers, futures)
        finally:
            is_over.set()
    for future in futures:
        future.result()


def work_all(writers: list[Writer], steps: int, mirror: Mirror) -> None:
    """Have each writer do so many things while the feed is followed."""
    is_over, never = threading.Event(), threading.Event()
    with ThreadPoolExecutor(len(writers) + 1) as pool:
        following = pool.submit(keep_following, mirror, is_over)
        try:
            for future in [pool.submit(writer.work, steps, never) for writer in writers]:
                future.result()
        finally:
            is_over.set()
    following.result()


def keep_following(mirror: Mirror, is_over: threading.Event) -> None:
    """Read on from time to time, a few events a page."""
    while not is_over.wait(0.2):
        mirror.follow(limit=40)
