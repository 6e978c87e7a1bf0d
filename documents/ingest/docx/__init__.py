"""DOCX: paragraphs, headings, list items, tables and notes in document order.

The parts are streamed through expat rather than opened by python-docx or as lxml trees: a
document type declaration is refused before it declares anything, memory stays flat however
deep or long a part is, and tracked changes, text boxes and notes are in reach.
"""

from documents.ingest.docx.document import extract

__all__ = ["extract"]
