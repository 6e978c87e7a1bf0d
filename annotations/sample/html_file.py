"""Writes a demo document as a web page with the things around the text that web pages have."""

from html import escape
from html.entities import codepoint2name
from typing import Final

from annotations.sample.document import Passage, SampleDocument

_RIGHT_TO_LEFT = {"ar", "he"}

_PAGE: Final = """<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="{encoding}">
<title>{title}</title>
<style>body {{ max-width: 40em; margin: auto; }} nav li {{ display: inline; }}</style>
<script>if (1 < 2) {{ console.log("<p>not text</p>"); }}</script>
</head>
<body>
<nav><ul><li><a href="/">Start</a></li><li><a href="/archive">Archive</a></li></ul></nav>
<!-- the story begins here -->
<main>
<article>
<h1>{title}</h1>
{body}
</article>
</main>
<footer><small>&copy; Lindenfold Archive &middot; <a href="/imprint">Imprint</a></small></footer>
<script type="application/json">{{"page": "{external_id}"}}</script>
</body>
</html>
"""


def write_html(document: SampleDocument) -> bytes:
    """Return the document as HTML in its encoding; what that lacks becomes character references."""
    page = _PAGE.format(
        language=document.language,
        direction="rtl" if document.language in _RIGHT_TO_LEFT else "ltr",
        encoding=document.encoding,
        title=_escaped(document.title),
        body="\n".join(map(_block, document.passages)),
        external_id=document.external_id,
    )
    return page.encode(document.encoding, "xmlcharrefreplace")


def _block(passage: Passage) -> str:
    lines = _escaped(passage.text).split("\n")
    if passage.style == "heading":
        return f"<h2>{lines[0]}</h2>"
    if passage.style == "list":
        return f"<ul>{_each('li', lines)}</ul>"
    if passage.style == "table":
        rows = [_each("td", line.split("\t")) for line in lines]
        return f"<table>{_each('tr', rows)}</table>"
    return f"<p>{'<br>'.join(lines)}</p>"


def _each(tag: str, contents: list[str]) -> str:
    return "".join(f"<{tag}>{content}</{tag}>" for content in contents)


def _escaped(text: str) -> str:
    return "".join(map(_entity, escape(text)))


def _entity(character: str) -> str:
    name = None if character.isascii() else codepoint2name.get(ord(character))
    return f"&{name};" if name else character
