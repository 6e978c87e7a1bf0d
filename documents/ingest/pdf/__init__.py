"""PDF: the text of each page in reading order as PDFium finds it, and where it stands there."""

from documents.ingest.pdf.document import VERSION, extract

__all__ = ["VERSION", "extract"]
