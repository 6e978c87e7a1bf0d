"""By which text search configuration of PostgreSQL a language's words are read."""

from __future__ import annotations

# Ours, made by a migration. The plain one takes accents and capitals away, and is for every
# language that has no rules of its own. The other one does so with the words that have accents,
# and knows no others: what it finds is kept beside what a language's own rules find.
PLAIN = "documents_plain"
ACCENTS = "documents_accents"

# By the primary subtag of BCP 47. A PostgreSQL that lacks one reads its language plainly.
CONFIGURATIONS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
# Their rules change how a word begins: by taking prefixes off, or by writing it in other letters.
CHANGE_BEGINNINGS = frozenset(
    {"arabic", "dutch", "indonesian", "irish", "serbian", "tamil", "yiddish"}
)


def configuration(tag: str) -> str:
    """Return the configuration for a BCP 47 tag, the plain one where there is no other."""
    return CONFIGURATIONS.get(tag.partition("-")[0].lower(), PLAIN)
