"""A worker sees no message and no table of the file queue before they are whole."""

from __future__ import annotations

import fcntl
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from celery import Celery
from kombu import Connection, Consumer, Queue
from kombu.asynchronous import Hub
from kombu.exceptions import ChannelError
from kombu.transport import filesystem

from config import settings
from config.file_queue import Channel, Transport


class Spy:
    """What looks at the queue while a message that holds it is being written."""

    def __init__(self, look: Callable[[], Any]) -> None:
        self.look = look

    def __json__(self) -> str:
        with pytest.raises(Empty):
            self.look()
        return "seen"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "queue").mkdir()
    return tmp_path


@pytest.fixture
def channel(folder: Path) -> Iterator[Channel]:
    options = {
        "data_folder_in": str(folder / "queue"),
        "data_folder_out": str(folder / "queue"),
        "control_folder": str(folder / "control"),
    }
    with Connection(
        "filesystem://", transport="config.file_queue:Transport", transport_options=options
    ) as connection:
        made = connection.channel()
        assert isinstance(made, Channel)
        yield made


@pytest.mark.parametrize("url", [None, "redis://127.0.0.1:6379/0"])
def test_the_site_uses_it_where_there_is_no_broker(
    url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REDIS_URL", "CELERY_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)
    if url:
        monkeypatch.setenv("REDIS_URL", url)
    read = runpy.run_path(settings.__file__)
    app = Celery(broker=read["CELERY_BROKER_URL"])
    app.conf.broker_transport = read.get("CELERY_BROKER_TRANSPORT")
    used = app.connection_for_write().get_transport_cls()
    assert (used is Transport) == (url is None)


def test_a_message_is_not_there_before_it_is_whole(channel: Channel, folder: Path) -> None:
    channel._put("celery", {"body": Spy(lambda: channel._get("celery"))})
    assert channel._get("celery") == {"body": "seen"}
    assert list((folder / "queue").iterdir()) == []


def test_each_message_comes_once_and_from_its_own_queue(channel: Channel) -> None:
    for number in range(5):
        channel._put("celery", {"body": number})
    with pytest.raises(Empty):
        channel._get("other")
    assert {channel._get("celery")["body"] for _ in range(5)} == {0, 1, 2, 3, 4}


def test_what_cannot_be_written_is_told(channel: Channel, folder: Path) -> None:
    (folder / "queue").rmdir()
    with pytest.raises(ChannelError):
        channel._put("celery", {})


def test_a_table_is_whole_from_the_first(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process reads of it while it is made, before it is locked."""
    seen: list[Any] = []
    lock = filesystem.lock

    def look_and_lock(file: Any, flags: int) -> None:
        if flags == fcntl.LOCK_EX and not seen:
            seen.append(None)
            seen[0] = channel.get_table("celery")
        lock(file, flags)

    monkeypatch.setattr(filesystem, "lock", look_and_lock)
    channel._queue_bind("celery", "celery", "", "celery")
    assert seen == [[]]
    assert channel.get_table("celery") == [("celery", "", "celery")]
    channel._queue_bind("celery", "other", "", "other")
    assert len(channel.get_table("celery")) == 2


def test_who_comes_second_leaves_the_table_as_it_is(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel._queue_bind("celery", "celery", "", "celery")
    monkeypatch.setattr(Path, "exists", lambda *_: False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filesystem.Channel, "_queue_bind", lambda *_: None)
        channel._queue_bind("celery", "celery", "", "celery")
    assert channel.get_table("celery") == [("celery", "", "celery")]


def test_a_worker_waits_for_it_in_an_event_loop(channel: Channel) -> None:
    """Else its processes share one pipe, whose lock is gone with a process that is killed."""
    taken: list[Any] = []
    transport, hub = channel.connection, Hub()
    assert transport.implements.asynchronous
    transport.register_with_event_loop(transport, hub)
    with Consumer(channel, [Queue("celery")], on_message=taken.append):
        for number in range(3):
            channel._put("celery", message(number))
        hub.timer.queue[0].entry()
    assert {taken_one.headers["number"] for taken_one in taken} == {0, 1, 2}


def message(number: int) -> dict[str, Any]:
    properties = {"delivery_tag": str(number), "delivery_info": {}}
    return {"body": "", "headers": {"number": number}, "properties": properties}
