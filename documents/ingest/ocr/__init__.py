"""Text in pictures of pages, recognised by tesseract where that is installed.

The cell that reads a document draws its pages; each picture goes to its keeper, which has
tesseract look at it in another cell, and sends the words back in. So the one process has a
stranger's file and no program to start, the other a program and nothing but grey dots.
"""

from documents.ingest.ocr.tesseract import Tesseract, find_tesseract

__all__ = ["Tesseract", "find_tesseract"]
