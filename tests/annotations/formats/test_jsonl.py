"""Records are written as JSON Lines, readable by every JSON parser."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from annotations.formats import jsonl

storable = st.text(st.characters(codec="utf-8"))
numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | storable,
    lambda inner: st.lists(inner) | st.dictionaries(storable, inner),
    max_leaves=10,
)


def lines_of(*records: dict[str, object]) -> list[str]:
    text = b"".join(jsonl.write(records)).decode()
    assert text.endswith("\n") or not records
    return text.split("\n")[:-1]


@given(st.lists(st.dictionaries(storable, values), max_size=3))
def test_every_record_comes_back_from_its_own_line(records: list[dict[str, object]]) -> None:
    assert [json.loads(line) for line in lines_of(*records)] == records


@given(st.floats(min_value=1.9e19, max_value=1.7e308), st.sampled_from([1, -1]))
def test_an_integer_beyond_64_bits_comes_back_as_the_float_that_it_was(
    size: float, sign: int
) -> None:
    number = sign * size
    [line] = lines_of({"a": [{"n": int(number)}, True, 7, "s"]})
    assert json.loads(line) == {"a": [{"n": number}, True, 7, "s"]}
    assert "." in line or "e" in line


def test_times_are_told_in_utc_and_ids_as_text() -> None:
    noon = datetime(2026, 1, 2, 12, 30, 0, 5, tzinfo=UTC)
    east = noon.astimezone(timezone(timedelta(hours=2)))
    record = {"id": UUID(int=1), "at": noon, "there": east}
    expected = (
        '{"id":"00000000-0000-0000-0000-000000000001",'
        '"at":"2026-01-02T12:30:00.000005Z","there":"2026-01-02T14:30:00.000005+02:00"}'
    )
    assert lines_of(record) == [expected]


def test_lines_are_written_as_they_are_asked_for() -> None:
    def endless() -> object:
        while True:
            yield {"n": 1}

    lines = jsonl.write(endless())  # type: ignore[arg-type]
    assert [next(lines), next(lines)] == [b'{"n":1}\n'] * 2
