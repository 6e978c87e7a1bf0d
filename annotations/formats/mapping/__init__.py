"""Make documents of rows, with the labels that they have: as their sender says, or their columns.

`complete` makes a Mapping of what the sender says and of what columns are called; a Mapper makes
each row's document, or raises RowRefused with all that is wrong with it.
"""

from annotations.formats.mapping.columns import LOOKED_AT, Mapping, columns_of, complete
from annotations.formats.mapping.document import (
    RowAnnotation,
    RowBox,
    RowDocument,
    RowRefused,
    RowRelation,
)
from annotations.formats.mapping.mapper import Mapper

__all__ = [
    "LOOKED_AT",
    "Mapper",
    "Mapping",
    "RowAnnotation",
    "RowBox",
    "RowDocument",
    "RowRefused",
    "RowRelation",
    "columns_of",
    "complete",
]
