"""Menus, advertisements and notices are told from a page's own content, and kept or dropped."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings

from documents.ingest import Boilerplate, Extraction, ExtractionError, Limits
from documents.ingest.context import Context
from documents.ingest.html import extract
from tests.documents.ingest.layouts import assert_sound, held
from tests.documents.ingest.test_html import MARKUP

DROP = Context(boilerplate=Boilerplate.DROP)
PROSE = "The river rose in the night, and by noon the lower streets stood under water."
MORE = "Nobody was hurt, said the mayor, though many a cellar will have to be pumped out."
FRAME = """<header class=masthead><a href=/>The Daily</a></header>
<nav><ul><li><a href=/a>World</a><li><a href=/b>Sport</a></ul></nav>
<main>{content}</main>
<aside><p>Read our newsletter, it is free and comes twice a week to your inbox.</p></aside>
<footer><p>All rights reserved. The Daily, Main Street 1, somewhere in the country.</p></footer>"""


def dropped(body: str) -> Extraction:
    return extract(f"<!doctype html><body>{body}".encode(), Limits(), DROP)


def kept(body: str) -> Extraction:
    return extract(f"<!doctype html><body>{body}".encode(), Limits())


def test_only_the_content_is_left_and_its_layout_is_sound() -> None:
    content = f"<h1>Flood</h1><p>{PROSE}</p><h2>After</h2><p>{MORE}</p>"
    extraction = dropped(FRAME.format(content=content))
    assert extraction.text == f"Flood\n\n{PROSE}\n\nAfter\n\n{MORE}"
    assert held(extraction) == [
        ("heading", 1, "Flood"),
        ("paragraph", None, PROSE),
        ("heading", 2, "After"),
        ("paragraph", None, MORE),
    ]
    assert extraction.notes == ["5 blocks of boilerplate left out"]
    assert_sound(extraction)


def test_boilerplate_is_kept_unless_asked() -> None:
    extraction = kept(FRAME.format(content=f"<p>{PROSE}</p>"))
    assert "Sport" in extraction.text
    assert extraction.notes == []


@pytest.mark.parametrize(
    "around",
    [
        "<nav>{}</nav>",
        "<div role=navigation>{}</div>",
        "<div class='sidebar-left'>{}</div>",
        "<div id=cookie-consent>{}</div>",
        "<section class='Related'><p>{}</p></section>",
        "<form>{}</form>",
        "<ul><li><a href=x>{}</a></ul>",
        "<div><nav><div>{}</div></nav></div>",
    ],
)
def test_what_is_set_apart_or_linked_is_dropped(around: str) -> None:
    other = around.format("Something else altogether, which is of no matter here.")
    body = f"<article><p>{PROSE}</p>{other}<p>{MORE}</p></article>"
    assert dropped(body).text == f"{PROSE}\n\n{MORE}"


@pytest.mark.parametrize(
    "body",
    [
        "<div class=sidebar><p>{0}</p><p>{1}</p></div><p>Short.</p>",
        "<form><div><p>{0}</p><p>{1}</p></div></form>",
        "<article class=comment><p>{0}</p><p>{1}</p></article>",
        "<body class='with-sidebar'><p>{0}</p><p>{1}</p>",
    ],
)
def test_what_holds_most_of_the_prose_is_the_content_whatever_it_is_called(body: str) -> None:
    text = dropped(body.format(PROSE, MORE)).text
    assert PROSE in text
    assert MORE in text


def test_content_in_several_parts_is_kept_whole() -> None:
    part = f"<div><p>{PROSE}</p><p>{MORE}</p></div>"
    wrapped = f"<div class=content><div>{part}</div><div>{part}</div><div>{part}</div></div>"
    assert dropped(f"<nav>Menu</nav>{wrapped}").text.count(PROSE) == 3


def test_content_that_is_the_page_is_kept_whole() -> None:
    body = f"<p>{PROSE}</p><div><p>{MORE}</p></div><p>{PROSE}</p><p>{MORE}</p>"
    assert dropped(body).text.count(PROSE) == 2
    assert dropped(body).notes == []


def test_the_page_s_heading_is_kept_though_it_stands_before_the_content() -> None:
    heading = "<div><h1>The Daily</h1><h1>Flood</h1></div>"
    content = f"<div><p>{PROSE}</p><p>{MORE}</p></div>"
    assert dropped(heading + content).text == f"Flood\n\n{PROSE}\n\n{MORE}"
    hidden = "<nav><h1>The Daily</h1></nav>"
    assert dropped(hidden + content).text == f"{PROSE}\n\n{MORE}"


def test_a_long_text_that_is_linked_is_content() -> None:
    linked = f"<p><a href=x>{PROSE * 6}</a></p>"
    assert PROSE * 6 in dropped(f"<article><p>{PROSE}</p>{linked}<p>{MORE}</p></article>").text


@pytest.mark.parametrize(
    "body",
    ["<nav>Menu</nav><p>Short.</p>", "<ul><li><a href=x>World</a><li><a href=y>Sport</a></ul>"],
)
def test_of_a_page_without_prose_all_is_kept(body: str) -> None:
    assert dropped(body).text == kept(body).text


def test_a_row_is_dropped_or_kept_whole() -> None:
    menu = "<tr><td><nav>a<br>b</nav><td><nav>c<pre>d\n\n\n</pre></nav>"
    row = f"<tr><td><nav>e</nav><td><p>{PROSE}</p><p>{MORE}</p>"
    assert dropped(f"<table>{menu}{row}</table>").text == f"e\t{PROSE}\n\n{MORE}"


def test_line_breaks_around_what_is_dropped_leave_no_gaps() -> None:
    between = f"<article><p>{PROSE}</p><nav>a<br><br><br><br>b</nav><p>{MORE}</p></article>"
    assert dropped(between).text == f"{PROSE}\n\n{MORE}"


def test_depth_is_no_matter() -> None:
    body = "<div>" * 5_000 + f"<p>{PROSE}</p>" + "<div>" * 5_000
    assert dropped(body).text == PROSE


@settings(deadline=None)
@given(MARKUP)
def test_what_is_left_stands_in_the_page_as_it_is(pieces: list[str]) -> None:
    body = f"<div><p>{PROSE}</p>" + "".join(pieces) + f"<p>{MORE}</p></div>"
    # Some markup hides all text.
    with suppress(ExtractionError):
        assert_left_as_it_is(kept(body), dropped(body))


def assert_left_as_it_is(whole: Extraction, left: Extraction) -> None:
    assert_sound(left)
    blocks = iter(held(whole))
    assert all(block in blocks for block in held(left))
