"""Which step is undone or redone next: what a stack of edits would say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.services.steps import Step, to_redo, to_undo


@given(st.lists(st.sampled_from(["edit", "undo", "redo"]), max_size=60))
def test_the_log_tells_what_two_stacks_would(asked: list[str]) -> None:
    log: list[Step] = []  # the newest first
    done: list[int] = []
    undone: list[tuple[int, int]] = []
    for number, what in enumerate(asked, 1):
        assert to_undo(log) == (done[-1] if done else None)
        assert to_redo(log) == (undone[-1][1] if undone else None)
        if what == "edit":
            log.insert(0, Step(number))
            done.append(number)
            undone.clear()
        elif what == "undo" and done:
            log.insert(0, Step(number, done[-1]))
            undone.append((done.pop(), number))
        elif what == "redo" and undone:
            edit, undo = undone.pop()
            log.insert(0, Step(number, undo))
            done.append(edit)


@pytest.mark.parametrize("log", [[], [Step(7, 3)]])
def test_where_the_log_begins_there_is_nothing_to_undo(log: list[Step]) -> None:
    assert to_undo(log) is None
