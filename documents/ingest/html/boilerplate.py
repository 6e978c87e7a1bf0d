"""Tell a page's own content from the menus, advertisements and notices around it.

Blocks are kept or dropped whole. Prose, as Readability (Arc90, Mozilla) has it, is text with few
links; it speaks for the elements around it, the less the further out. The one for which most is
spoken, or what holds a good deal more prose around it, holds the content; in it, what is set
apart, by its element, role or name, is none, and neither is what consists of links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from documents.ingest.html.elements import BREAKING, CELLS, tags

# So many characters and more, less than half of them links, are prose.
PROSE = 25
# Of this share of all prose and more nothing is set apart, whatever it is called.
LARGEST_APART = 0.6
# What holds so many times the prose holds the content instead; the whole page, so many times.
CLIMB, CLIMB_TO_PAGE = 1.2, 2.0
# A block of links with so much text is one of prose that happens to be linked.
LONG = 400

_ELEMENTS = BREAKING | CELLS
_APART = tags("aside button dialog footer form menu nav select")
_ROLES = tags(
    "alert banner complementary contentinfo dialog menu menubar navigation search toolbar"
)
_PAGE = frozenset({"", "body", "html"})
_NEVER_APART = _PAGE | {"article", "main"}
# What is named so is most often none of the content, or most often is.
_NAMED_APART = re.compile(
    r"(?:^|[-_ ])(?:ads?|menu|nav|tags?)(?:[-_ ]|$)|advert|also-?(?:like|read)|author-?bio|banner"
    r"|breadcrumb|byline|caption|comment|consent|cookie|copyright|credit|disqus|footer|gdpr|login"
    r"|masthead|modal|more-?(?:from|news|stories)|most-?read|navbar|navigation|newsletter|outbrain"
    r"|pager|pagination|popular|popup|promo|rating|read-?more|recommend|related|search|share"
    r"|sharing|sidebar|sign-?up|skip|social|sponsor|subscri|taboola|tag-?list|toolbar|trending"
    r"|widget",
    re.IGNORECASE,
)
_NAMED_CONTENT = re.compile(
    r"article|blog|body|content|entry|main|page|post|story|text", re.IGNORECASE
)
_NAME = 300
_HINT = 25
_SENTENCES = re.compile("[,.;\u060c\u3001\u3002\uff0c]")
# How much an element's kind speaks for it.
_WEIGHTS = {
    "article": 10,
    **dict.fromkeys(("div", "main"), 5),
    **dict.fromkeys(("blockquote", "pre", "td"), 3),
    **dict.fromkeys(("address", "dd", "dl", "dt", "form", "li", "ol", "ul"), -3),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "th"), -5),
}
# These hold text as one paragraph, so that it speaks for what is around them.
_PARAGRAPHS = tags("blockquote dd dt h1 h2 h3 h4 h5 h6 li p pre td")
# By how much less it speaks for each next element out.
_DISTANCES = (1, 2, 6, 9, 12)


@dataclass(slots=True)
class _Element:
    parent: int
    tag: str
    is_apart: bool
    hint: int
    end: int = 0
    length: int = 0
    linked: int = 0
    prose: int = 0
    score: float = 0.0


@dataclass(slots=True)
class _Block:
    owner: int
    length: int = 0
    linked: int = 0
    sentences: int = 0

    @property
    def is_linked(self) -> bool:
        return self.linked * 2 > self.length

    @property
    def is_prose(self) -> bool:
        return self.length >= PROSE and not self.is_linked


class Survey:
    """Where the text of a page stands: told of elements and text in order, it judges blocks."""

    def __init__(self) -> None:
        self._elements = [_Element(0, "", is_apart=False, hint=0)]
        self._blocks: list[_Block] = []
        self._open = [0]
        self._links = 0

    def open(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """Enter an element."""
        self._links += tag == "a"
        if tag in _ELEMENTS:
            self._elements.append(_element(self._open[-1], tag, attributes))
            self._open.append(len(self._elements) - 1)

    def close(self, tag: str) -> None:
        """Leave an element."""
        self._links -= tag == "a"
        if tag in _ELEMENTS:
            element = self._elements[self._open.pop()]
            element.end = len(self._elements)
            parent = self._elements[element.parent]
            parent.length += element.length
            parent.linked += element.linked

    def text(self, block: int, data: str) -> None:
        """Take text of a block, which count from 0; -1 while there has been none."""
        length = len(data.strip())
        while block >= len(self._blocks):
            self._blocks.append(_Block(self._open[-1]))
        if length:
            held = self._blocks[block]
            held.owner = self._still_open(held.owner)
            held.sentences += len(_SENTENCES.findall(data))
            for counted in (held, self._elements[self._open[-1]]):
                counted.length += length
                counted.linked += length * (self._links > 0)

    def _still_open(self, place: int) -> int:
        """Return what holds all of a block that began elsewhere, as a row does its cells."""
        while self._elements[place].end:
            place = self._elements[place].parent
        return place

    def boilerplate(self) -> frozenset[int]:
        """Return which blocks are none of the content; none of a page without prose."""
        elements, blocks = self._elements, self._blocks
        _settle_what_is_apart(elements, blocks)
        prose = [block for block in blocks if block.is_prose and not elements[block.owner].is_apart]
        _count_prose(elements, prose)
        _speak(elements, prose)
        top = _content(elements)
        kept = frozenset(_kept(elements, blocks, top)) if prose else frozenset(range(len(blocks)))
        return frozenset(range(len(blocks))) - kept


def _element(parent: int, tag: str, attributes: Mapping[str, str | None]) -> _Element:
    name = f"{(attributes.get('class') or '')[:_NAME]} {(attributes.get('id') or '')[:_NAME]}"
    against = _NAMED_APART.search(name) is not None
    hint = (_NAMED_CONTENT.search(name) is not None) - against
    told = tag in _APART or attributes.get("role") in _ROLES
    return _Element(parent, tag, told or (against and tag not in _NEVER_APART), hint)


def _settle_what_is_apart(elements: list[_Element], blocks: list[_Block]) -> None:
    """Let nothing be apart that holds most of the prose, and all be that is within another."""
    _count_prose(elements, [block for block in blocks if block.is_prose])
    most = LARGEST_APART * elements[0].prose
    for element in elements[1:]:
        is_apart = element.is_apart and element.prose < most
        element.is_apart = is_apart or elements[element.parent].is_apart


def _count_prose(elements: list[_Element], prose: list[_Block]) -> None:
    """Count the characters of prose in each element."""
    for element in elements:
        element.prose = 0
    for block in prose:
        elements[block.owner].prose += block.length
    # Each comes after the one that it is in.
    for element in reversed(elements[1:]):
        elements[element.parent].prose += element.prose


def _around(elements: list[_Element], place: int) -> Iterator[int]:
    """Yield the element at `place` and those that it is in, but for the page itself."""
    while place:
        yield place
        place = elements[place].parent


def _speak(elements: list[_Element], prose: list[_Block]) -> None:
    for block in prose:
        word = 1 + block.sentences + min(block.length / 100, 3)
        owner = elements[block.owner]
        first = owner.parent if owner.tag in _PARAGRAPHS else block.owner
        for place, distance in zip(_around(elements, first), _DISTANCES, strict=False):
            elements[place].score += word / distance


def _content(elements: list[_Element]) -> int:
    """Return the place of the element that holds the content."""
    top = max(range(len(elements)), key=lambda place: _spoken(elements[place]))
    for place in _around(elements, elements[top].parent):
        climb = CLIMB_TO_PAGE if elements[place].tag in _PAGE else CLIMB
        if elements[place].prose > climb * elements[top].prose:
            top = place
    return top


def _spoken(element: _Element) -> float:
    """Return how much is spoken for an element, less for one full of links."""
    if element.score <= 0:
        return 0
    weight = element.score + _WEIGHTS.get(element.tag, 0) + _HINT * element.hint
    return weight * (1 - element.linked / element.length)


def _kept(elements: list[_Element], blocks: list[_Block], top: int) -> Iterator[int]:
    """Yield the blocks of the content, and the page's heading before it."""
    inside = range(top, elements[top].end if top else len(elements))
    before = takewhile(lambda number: blocks[number].owner < top, range(len(blocks)))
    headings = [number for number in before if _is_heading(elements[blocks[number].owner])]
    yield from headings[-1:]
    for number, block in enumerate(blocks):
        is_apart = elements[block.owner].is_apart and not elements[top].is_apart
        if block.owner in inside and not is_apart and not (block.is_linked and block.length < LONG):
            yield number


def _is_heading(element: _Element) -> bool:
    return element.tag == "h1" and not element.is_apart
