"""Hold spans against a text, and find them again in another one. Pure.

Selectors follow the W3C Web Annotation Data Model: a position (section 4.2.5), a quote with
prefix and suffix (section 4.2.4). No text is ever normalised.
"""

from annotations.anchoring.anchor import CONTEXT, Anchor, AnchorError, anchor, check_around
from annotations.anchoring.boxes import BoxFault, box_faults
from annotations.anchoring.extents import Extents, Fragment, fragments, stretches
from annotations.anchoring.quotation import AmbiguousQuote, Candidate, locate
from annotations.anchoring.reanchoring import Found, Method, reanchor

__all__ = [
    "CONTEXT",
    "AmbiguousQuote",
    "Anchor",
    "AnchorError",
    "BoxFault",
    "Candidate",
    "Extents",
    "Found",
    "Fragment",
    "Method",
    "anchor",
    "box_faults",
    "check_around",
    "fragments",
    "locate",
    "reanchor",
    "stretches",
]
