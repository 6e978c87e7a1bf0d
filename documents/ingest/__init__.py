"""Bytes in, text and layout out. Pure: no Django."""

from pathlib import Path

from documents.ingest.errors import ErrorCode, ExtractionError
from documents.ingest.extraction import Extraction
from documents.ingest.limits import DEFAULT_LIMITS, Limits

__all__ = ["ErrorCode", "Extraction", "ExtractionError", "Limits", "describe_text", "extract_in_cell"]


def extract_in_cell(content: Path, *, file_name: str, limits: Limits = DEFAULT_LIMITS) -> Extraction:
    """Stand-in until the cell is there."""
    return describe_text(content.read_text(), "text/plain")


def describe_text(text: str, media_type: str) -> Extraction:
    """Stand-in."""
    return Extraction(text, media_type, "plain", "1", {"pages": [], "blocks": []}, [], {})
