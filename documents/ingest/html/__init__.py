"""HTML: the text that a browser would show, laid out by its block elements.

Lexbor builds the tree that browsers build; libxml2 gives up below 2048 levels and leaves
templates, misplaced table text and unclosed elements where no browser would.
"""

from documents.ingest.html.document import VERSION, Page, extract, write

__all__ = ["VERSION", "Page", "extract", "write"]
