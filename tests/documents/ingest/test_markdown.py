from __future__ import annotations

import markdown_it
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.ingest import ExtractionError, Limits
from documents.ingest.markdown import extract, read
from tests.documents.ingest.layouts import assert_sound, held

SOURCE = """---
title: A page
---
# Heading 😀

One paragraph
of two lines.

- first
  - nested

    its second paragraph
- third

> quoted
> twice
>
> 1. in the quote

```python
# code
```

| a | b |
|---|---|
| 1 | 2 |

Other heading
-------------

    indented code

<div>
markup
</div>

[link]: target

***
"""
PIECES = [
    "# ",
    "\n",
    "\r\n",
    "\r",
    "- ",
    "1. ",
    "> ",
    "    ",
    "```\n",
    "|a|b|\n|-|-|\n",
    "---\n",
    "a😀",
    "[x]: y\n",
]


def test_the_text_is_the_source_with_the_blocks_it_marks_up() -> None:
    for source in (SOURCE, SOURCE.replace("\n", "\r\n"), SOURCE.replace("\n", "\r")):
        extraction = extract(source.encode(), Limits())
        assert extraction.text == source
        assert [
            (kind, level, " ".join(text.split())) for kind, level, text in held(extraction)
        ] == [
            ("front_matter", None, "--- title: A page ---"),
            ("heading", 1, "# Heading 😀"),
            ("paragraph", None, "One paragraph of two lines."),
            ("list_item", 1, "- first"),
            ("list_item", 2, "- nested"),
            ("list_item", 2, "its second paragraph"),
            ("list_item", 1, "- third"),
            ("quote", None, "> quoted > twice"),
            ("list_item", 1, "> 1. in the quote"),
            ("code", None, "```python # code ```"),
            ("table_row", None, "| a | b |"),
            ("table_row", None, "| 1 | 2 |"),
            ("heading", 2, "Other heading -------------"),
            ("code", None, "indented code"),
            ("paragraph", None, "<div> markup </div>"),
        ]


def test_the_extraction_says_what_made_it() -> None:
    extraction = extract("\ufeffé".encode(), Limits())
    assert extraction.text == "é"
    assert extraction.media_type == "text/markdown"
    assert extraction.extractor == "markdown-it-py"
    assert extraction.extractor_version == markdown_it.__version__
    assert extraction.notes == ["byte order mark left out"]


def test_a_rule_above_a_blank_line_is_no_front_matter() -> None:
    assert held(extract(b"---\n\ntext\n\n---\n", Limits())) == [("paragraph", None, "text")]


def test_a_long_source_has_paragraphs_only() -> None:
    reading = read("# one\n\n- two\n", Limits(), parsed_characters=5)
    assert held(reading.settled()) == [("paragraph", None, "# one"), ("paragraph", None, "- two")]
    assert reading.notes == ["longer than 5 characters: paragraphs instead of Markdown blocks"]


def test_a_source_beyond_the_limit_is_not_parsed() -> None:
    with pytest.raises(ExtractionError) as caught:
        extract(b"# abc", Limits(characters=4))
    assert caught.value.code == "too_large"


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1).map(lambda pieces: "x" + "".join(pieces)))
def test_the_layout_of_any_source_is_sound(source: str) -> None:
    extraction = extract(source.encode(), Limits())
    assert extraction.text == source
    assert_sound(extraction)
