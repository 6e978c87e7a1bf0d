"""Texts for hypothesis: what offsets and quotes go wrong with, closely packed."""

from __future__ import annotations

from hypothesis import strategies as st

AWKWARD = [
    "a",
    " ",
    "\r\n",
    "\n",
    "é",
    "e\u0301",  # combining
    "\u1100\u1161",  # a syllable in parts
    "ß",
    "日本",
    "שלום",
    "\u202e",  # turns what follows right to left
    "مرحبا",
    "\u200d",  # zero-width joiner
    "👩‍🔬",
    "👨‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🇮🇹",
    "\U0001d538",  # a letter beyond the basic plane
    "\U0010ffff",
    "\ufeff",
    "\u2028",
]
characters = st.characters(codec="utf-8", exclude_characters="\0")
texts_of_all_kinds = st.lists(st.sampled_from(AWKWARD) | characters, max_size=30).map("".join)
