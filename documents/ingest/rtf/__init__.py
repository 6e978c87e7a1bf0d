"""RTF: paragraphs, headings, list items, tables and notes, in whichever code pages.

Read token by token with a reader of our own: the kept libraries take text that is decoded
already, which RTF is not, and know neither blocks nor what was deleted, hidden or nested.
Nothing that is embedded is unpacked.
"""

from documents.ingest.rtf.document import extract

__all__ = ["extract"]
