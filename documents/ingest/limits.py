"""How much of everything one document may cost."""

from __future__ import annotations

from dataclasses import dataclass

from documents.ingest.errors import ErrorCode, ExtractionError


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound what a file may hold and what reading it may use.

    Sizes are bytes, times are seconds, `characters` are Unicode code points. Beyond
    `blocks`, `sentences` and `geometry_bytes` a text is read on, but not laid out. What begins
    with `archive_` holds for archives of files, `archive_ratio` being how many bytes may come
    out of one; each file in it may have `file_bytes`, and reading it `cpu_seconds`. What begins
    with `ocr_` holds for the recognition of text in pictures of pages: how many pages of one
    document, how long one page and all of them may take, on top of `wall_seconds`, and with how
    much memory.
    """

    file_bytes: int = 50_000_000
    unpacked_bytes: int = 50_000_000
    archive_parts: int = 2_000
    archive_entries: int = 100_000
    archive_bytes: int = 100_000_000_000
    archive_ratio: int = 200
    pages: int = 2_000
    characters: int = 10_000_000
    blocks: int = 100_000
    sentences: int = 100_000
    geometry_bytes: int = 2_000_000
    output_bytes: int = 64 * 1024 * 1024
    memory_bytes: int = 512 * 1024 * 1024
    cpu_seconds: int = 8
    wall_seconds: float = 12.0
    ocr_pages: int = 100
    ocr_page_seconds: int = 20
    ocr_seconds: int = 300
    ocr_memory_bytes: int = 1024 * 1024 * 1024

    def require(self, name: str, amount: int) -> None:
        """Raise `too_large` when `amount` is more than the limit called `name`."""
        allowed: int = getattr(self, name)
        if amount > allowed:
            noun = name.replace("_", " ")
            detail = f"At most {allowed} {noun} are read, this has {amount} or more."
            raise ExtractionError(ErrorCode.TOO_LARGE, detail)


DEFAULT_LIMITS = Limits()
