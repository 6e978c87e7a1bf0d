"""What is read at once is what DRF reads, and what DRF refuses is refused in its words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from annotations.serializers import AnnotationChanges, AnnotationInput, BulkInput, SetContentInput
from config.api.plain import Unsure, _reader_of, read
from config.api.serializers import StrictSerializer

LABEL = "01980000-0000-7000-8000-000000000000"
SPAN = {"label": LABEL, "start": 0, "end": 3, "quote": "Ada", "confidence": 1, "attributes": {}}
PARTS = {"label": LABEL, "fragments": [{"start": 0, "end": 1}, {"quote": "x", "prefix": ""}]}
REGION = {"label": LABEL, "boxes": [{"page": 0, "left": 1, "top": 0.5, "right": 2, "bottom": 9}]}
SHOWN = {"id": LABEL, "label_id": LABEL, "version": 3, "quote": "", "start": None, "body": "Hm"}
VALUES = st.sampled_from(
    [
        *(
            None,
            True,
            0,
            1,
            -1,
            1.5,
            2**31,
            1e9,
            "",
            " ",
            "Ada",
            "a\x00",
            "\ud800",
            "x" * 1001,
            LABEL,
        ),
        *(LABEL.upper(), LABEL.replace("-", ""), "3", [], {}, [1], {"a": 1}, PARTS["fragments"]),
    ]
)
ITEMS = st.builds(
    lambda base, changes, gone: {k: v for k, v in (base | changes).items() if k not in gone},
    st.sampled_from([SPAN, PARTS, REGION, SHOWN, {"label": LABEL}]),
    st.dictionaries(st.sampled_from([*SPAN, *PARTS, *REGION, *SHOWN, "x"]), VALUES, max_size=2),
    st.sets(st.sampled_from([*SPAN, *SHOWN]), max_size=2),
)


class Odd(StrictSerializer):
    """Fields that are left to themselves, and one that fills itself in."""

    name = serializers.CharField()
    code = serializers.CharField(min_length=2, trim_whitespace=False)
    numbers = serializers.DictField(child=serializers.IntegerField(), required=False)
    kind = serializers.ChoiceField(choices=["a"])
    inner = AnnotationChanges(required=False, allow_null=True)


class Filled(Odd):
    size = serializers.IntegerField(default=3)


def by_framework(serializer: Any, body: Any) -> Any:
    try:
        return serializer.run_validation(body)
    except serializers.ValidationError as error:
        return error.get_full_details()


def at_once(serializer: Any, body: Any) -> Any:
    try:
        return read(serializer, body)
    except serializers.ValidationError as error:
        return error.get_full_details()


@given(st.lists(ITEMS, max_size=2))
def test_both_say_the_same(items: list[dict[str, Any]]) -> None:
    for kind, body in (
        *((AnnotationInput, item) for item in items),
        (BulkInput, {"annotations": items}),
        (BulkInput, {"annotations": items, "annotation_set": LABEL}),
        (SetContentInput, {"annotations": items, "relations": []}),
    ):
        assert at_once(kind(), body) == by_framework(kind(), body)


@pytest.mark.parametrize("body", [SPAN, PARTS, REGION])
def test_what_is_plain_is_read_at_once(body: dict[str, Any]) -> None:
    found = _reader_of(AnnotationInput())(body)
    assert found == AnnotationInput().run_validation(body)
    for wrong in ({**body, "x": 1}, {**body, "label": "x"}, [body], {}):
        with pytest.raises(Unsure):
            _reader_of(AnnotationInput())(wrong)


ODD = {"name": " a ", "code": "ab", "kind": "a", "numbers": {"x": "1"}, "inner": None}


@pytest.mark.parametrize("kind", [Odd, Filled])
@pytest.mark.parametrize("changes", [{}, {"code": "a"}, {"inner": {"label": LABEL}}, {"kind": 1}])
def test_what_is_not_plain_is_left_to_its_field(kind: Any, changes: dict[str, Any]) -> None:
    body = ODD | changes
    assert at_once(kind(), body) == by_framework(kind(), body)


def test_a_change_of_parts_is_left_to_drf() -> None:
    partial = AnnotationChanges(partial=True)
    assert read(partial, {"body": "x"}) == {"body": "x"}
