"""Near-duplicates of a project: fingerprint its texts, compare them, write down the groups."""

from documents.jobs.near_duplicates.alike import Alike, alike_stored, compare
from documents.jobs.near_duplicates.reading import latest_unread, new_fingerprint
from documents.jobs.near_duplicates.running import run

__all__ = ["Alike", "alike_stored", "compare", "latest_unread", "new_fingerprint", "run"]
