"""Bytes in, text and layout out: what strangers send is read here, in a cell of its own.

Pure: nothing here knows of Django, the database or the rest of the project.
"""

from documents.ingest.cell import extract_in_cell
from documents.ingest.context import Boilerplate
from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import Extraction, storable
from documents.ingest.given import describe_text
from documents.ingest.layout import Block, Layout
from documents.ingest.limits import Limits

__all__ = [
    "Block",
    "Boilerplate",
    "ErrorCode",
    "Extraction",
    "ExtractionError",
    "Layout",
    "Limits",
    "describe_text",
    "extract_in_cell",
    "storable",
]
