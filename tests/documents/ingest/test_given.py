from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from documents.ingest import describe_text
from documents.ingest.given import PARSED_CHARACTERS
from tests.documents.ingest.layouts import assert_sound, held


def test_a_given_text_is_laid_out_by_its_type() -> None:
    assert held(describe_text("# One\n\ntwo", "text/markdown")) == [
        ("heading", 1, "# One"),
        ("paragraph", None, "two"),
    ]
    assert held(describe_text("# One\n\ntwo", "text/plain")) == [
        ("paragraph", None, "# One"),
        ("paragraph", None, "two"),
    ]


def test_an_empty_text_has_an_empty_layout() -> None:
    assert describe_text("", "text/plain").layout == {"pages": [], "blocks": [], "sentences": []}


def test_a_long_text_does_not_keep_a_client_waiting() -> None:
    extraction = describe_text("# x\n" * PARSED_CHARACTERS, "text/markdown")
    assert len(extraction.layout["blocks"]) == 1
    assert extraction.notes == [
        "longer than 50000 characters: paragraphs instead of Markdown blocks"
    ]


def test_what_no_database_stores_is_replaced() -> None:
    assert describe_text("a\0", "text/plain").text == "a\ufffd"


@given(st.text(), st.sampled_from(["text/plain", "text/markdown", "text/x-odd"]))
def test_any_text_can_be_described(text: str, media_type: str) -> None:
    assert_sound(describe_text(text, media_type))


def test_a_known_language_is_not_looked_for() -> None:
    text = "Ada lives in Turin, and has done so for many years."
    asked, known = (
        describe_text(text, "text/plain", in_known_language=is_known) for is_known in (False, True)
    )
    assert (asked.language, known.language, known.language_confidence) == ("en", None, None)
    assert asked.layout == known.layout
