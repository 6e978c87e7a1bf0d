"""Who follows the log gets each event once, and what came of something after it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from users import feed
from users.feed import START, InvalidPosition, Position, Snapshot
from users.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 4
PROJECT = uuid4()
INSERT = (
    "INSERT INTO users_event (action, target_type, target_id, request_id, at, project_id)"
    " VALUES ('a', 'thing', %s, '', now(), %s) RETURNING id"
)


class Writer:
    """A connection of its own, whose transaction is as long as the test likes."""

    def __init__(self, opened: psycopg.Connection[Any]) -> None:
        self.connection = opened
        self.pending: list[int] = []

    def write(self, project: UUID = PROJECT) -> int:
        [row] = self.connection.execute(INSERT, [uuid4(), project]).fetchall()
        self.pending.append(row[0])
        return int(row[0])

    def commit(self) -> list[int]:
        self.connection.commit()
        written, self.pending = self.pending, []
        return written

    def rollback(self) -> None:
        self.connection.rollback()
        self.pending = []


@pytest.fixture
def writers() -> Iterator[list[Writer]]:
    with ExitStack() as stack:
        yield [Writer(stack.enter_context(_connect())) for _ in range(WRITERS)]


def _connect() -> psycopg.Connection[Any]:
    parameters = connection.get_connection_params()
    names = {"dbname", "user", "password", "host", "port"}
    return psycopg.connect(**{name: parameters[name] for name in names & parameters.keys()})


def follow(position: Position, limit: int = 100) -> tuple[list[int], Position]:
    """Read all that there is, keeping the place as a client does: as a word."""
    seen: list[int] = []
    while True:
        rows = Event.objects.filter(project_id=PROJECT)
        found, position = feed.read(rows, Position.read(str(position)), limit)
        seen += [event.pk for event, _ in found]
        if len(found) < limit:
            return seen, position


def test_what_commits_late_is_not_left_out_though_its_ids_are_small(writers: list[Writer]) -> None:
    slow, fast = writers[:2]
    first = slow.write()
    second = fast.write()
    fast.commit()
    seen, position = follow(START)
    assert seen == [second]  # long transactions hold nobody up
    slow.commit()
    seen, position = follow(position)
    assert seen == [first]
    assert follow(position)[0] == []


def test_a_change_of_what_another_transaction_had_comes_after_it(writers: list[Writer]) -> None:
    """The older transaction waits for a row of the younger one, and is over before a third."""
    older, third, younger = writers[:3]
    older.write(project=uuid4())
    third.write()
    before = younger.write()
    younger.commit()
    after = older.write()
    older.commit()
    assert follow(START)[0] == [before, after]


def test_what_is_undone_never_comes(writers: list[Writer]) -> None:
    writers[0].write()
    writers[0].rollback()
    kept = writers[0].write()
    writers[0].commit()
    assert follow(START)[0] == [kept]


def test_who_begins_now_gets_what_is_committed_from_now_on(writers: list[Writer]) -> None:
    old = writers[0].write()
    late = writers[1].write()
    writers[0].commit()
    position = feed.now()
    writers[1].commit()
    new = writers[0].write()
    writers[0].commit()
    assert follow(position)[0] == [late, new]
    assert old not in follow(position)[0]


def test_one_goes_on_after_each_event(writers: list[Writer]) -> None:
    for _ in range(5):
        writers[0].write()
    written = writers[0].commit()
    found, _ = feed.read(Event.objects.filter(project_id=PROJECT), START, 5)
    for index, (_, position) in enumerate(found):
        assert follow(position)[0] == written[index + 1 :]


STEPS = st.lists(
    st.tuples(st.integers(0, WRITERS), st.sampled_from(["write", "commit", "rollback"])),
    max_size=40,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, limit=st.integers(1, 5))
def test_however_transactions_overlap_each_event_comes_once_in_a_possible_order(
    writers: list[Writer], steps: list[tuple[int, str]], limit: int
) -> None:
    position, seen = feed.now(), list[int]()
    committed_at: dict[int, int] = {}
    written_at: dict[int, int] = {}
    for time, (who, what) in enumerate([*steps, *((n, "commit") for n in range(WRITERS))]):
        if who == WRITERS:
            more, position = follow(position, limit)
            seen += more
        elif what == "write":
            written_at[writers[who].write()] = time
        elif what == "commit":
            committed_at |= dict.fromkeys(writers[who].commit(), time)
        else:
            writers[who].rollback()
    seen += follow(position, limit)[0]
    assert sorted(seen) == sorted(committed_at)
    for index, event in enumerate(seen):
        assert all(written_at[event] < committed_at[later] for later in seen[index + 1 :])


def word(*told: Any) -> str:
    return urlsafe_b64encode(json.dumps(told).encode()).decode()


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        "é",
        "[" * 90_000,
        urlsafe_b64encode(b"[" * 60_000).decode(),
        word(),
        word(1, None, 0),
        word("1:1:", None),
        word("1:1:", None, -1),
        word("1:1:", None, 2**63),
        word("1:1:", None, True),
        word("1:1:", 7, 0),
        word("0:1:", None, 0),
        word("5:3:", None, 0),
        word("5:9:4", None, 0),
        word("5:9:7,6", None, 0),
        word("5:9:9", None, 0),
        word("5:9:\x00", None, 0),
    ],
)
def test_what_is_no_place_is_refused(given: str) -> None:
    with pytest.raises(InvalidPosition):
        Position.read(given)


@given(st.text())
def test_no_word_is_a_fault_of_ours(given: str) -> None:
    try:
        Position.read(given)
    except InvalidPosition:
        return


def test_a_place_comes_back_from_its_word() -> None:
    place = Position(Snapshot(10, 20, (10, 14)), Snapshot(14, 30, (14,)), 7)
    assert Position.read(str(place)) == place
    assert Position.read(str(START)) == START
