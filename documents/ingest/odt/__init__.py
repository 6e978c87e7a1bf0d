"""ODT: paragraphs, headings, list items, tables and notes in document order.

Streamed through expat as DOCX is, and laid out as DOCX is: a line for each paragraph and table
row, the notes after the body, then headers and footers.
"""

from documents.ingest.odt.document import extract

__all__ = ["extract"]
