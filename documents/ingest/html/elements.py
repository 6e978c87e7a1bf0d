"""What the elements of HTML mean for the text of a page."""

from __future__ import annotations


def tags(*lines: str) -> frozenset[str]:
    """Return the names in lines of names."""
    return frozenset(" ".join(lines).split())


HIDDEN = tags(
    "annotation annotation-xml applet area audio base canvas colgroup datalist defs desc embed",
    "head iframe link map meta metadata noembed noframes noscript object param rp script source",
    "style template title track video",
)
# A line break stands before and after a line element, a blank line around a spaced one.
LINES = tags(
    "address article aside body caption center dd details dialog dir div dl dt fieldset",
    "figcaption figure footer form header hgroup html legend li main menu nav ol optgroup option",
    "search section select summary tbody tfoot thead tr ul",
)
SPACED = tags(
    "blockquote h1 h2 h3 h4 h5 h6 hr listing p plaintext pre table textarea xmp",
)
BREAKING = LINES | SPACED
VERBATIM = tags("listing plaintext pre textarea xmp")
LISTS = tags("dir dl menu ol select ul")
CELLS = tags("td th")
KINDS = {
    **{f"h{level}": "heading" for level in range(1, 7)},
    **dict.fromkeys(("dd", "dt", "li", "option"), "list_item"),
    **dict.fromkeys(VERBATIM, "code"),
    "blockquote": "quote",
    "caption": "caption",
    "figcaption": "caption",
    "tr": "table_row",
}
