"""Find documents by words or parts of words, in order of relevance, and show where these stand."""

from documents.services.search.indexing import (
    awaiting_index,
    forget_substrings,
    index_substrings,
    reindex,
)
from documents.services.search.matches import BEST, best_first, known_by, matching
from documents.services.search.reading import Search, Unsearchable, read_search
from documents.services.search.showing import Shown, show
from documents.services.search.substrings import containing, read_substring

__all__ = [
    "BEST",
    "Search",
    "Shown",
    "Unsearchable",
    "awaiting_index",
    "best_first",
    "containing",
    "forget_substrings",
    "index_substrings",
    "known_by",
    "matching",
    "read_search",
    "read_substring",
    "reindex",
    "show",
]
