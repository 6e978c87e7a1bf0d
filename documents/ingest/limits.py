"""How much of everything one document may cost."""

from __future__ import annotations

from dataclasses import dataclass

from documents.ingest.errors import ErrorCode, ExtractionError


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound what a file may hold and what reading it may use.

    Sizes are bytes, times are seconds, `characters` are Unicode code points. Beyond
    `blocks`, `sentences` and `geometry_bytes` a text is read on, but not laid out.
    """

    file_bytes: int = 50_000_000
    unpacked_bytes: int = 50_000_000
    archive_parts: int = 2_000
    pages: int = 2_000
    characters: int = 10_000_000
    blocks: int = 100_000
    sentences: int = 100_000
    geometry_bytes: int = 2_000_000
    output_bytes: int = 64 * 1024 * 1024
    memory_bytes: int = 512 * 1024 * 1024
    cpu_seconds: int = 8
    wall_seconds: float = 12.0

    def require(self, name: str, amount: int) -> None:
        """Raise `too_large` when `amount` is more than the limit called `name`."""
        allowed: int = getattr(self, name)
        if amount > allowed:
            noun = name.replace("_", " ")
            detail = f"At most {allowed} {noun} are read, this has {amount} or more."
            raise ExtractionError(ErrorCode.TOO_LARGE, detail)


DEFAULT_LIMITS = Limits()
