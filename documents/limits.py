"""What the settings say of reading strangers' files: how much it may cost, and with what help."""

from django.conf import settings

from documents.ingest import Limits
from documents.ingest.ocr import Tesseract, find_tesseract


def parser_limits() -> Limits:
    """Return the limits under which strangers' files are read."""
    return Limits(file_bytes=settings.UPLOAD_MAX_BYTES, **settings.PARSER_LIMITS)


def tesseract() -> Tesseract | None:
    """Return what recognises text in pictures, None where that is off or not installed."""
    return None if settings.OCR == "off" else find_tesseract(settings.OCR_LANGUAGES)
