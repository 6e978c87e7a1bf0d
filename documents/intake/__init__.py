"""Take documents in, set by set: known ones, duplicates and new ones, each with its event.

Services and jobs call it inside of their transaction.
"""

from documents.intake.contents import hold_policy, place_anew
from documents.intake.identity import identity_free
from documents.intake.items import Ended, Known, NewDocument, Outcome, StoredSource
from documents.intake.taking import foresee, take_in

__all__ = [
    "Ended",
    "Known",
    "NewDocument",
    "Outcome",
    "StoredSource",
    "foresee",
    "hold_policy",
    "identity_free",
    "place_anew",
    "take_in",
]
