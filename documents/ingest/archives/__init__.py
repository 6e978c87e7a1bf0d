"""Archives of files: ZIP and TAR, plain or compressed, read entry by entry in a cell."""

from documents.ingest.archives.entry import Entry
from documents.ingest.archives.keeper import read_archive_in_cell

__all__ = ["Entry", "read_archive_in_cell"]
