"""A project's schema, which is its labels: its versions, and what its labels have to fit."""

from annotations.schema.rules import check_attribute_schema, check_joins, check_levels, check_tree
from annotations.schema.versions import (
    add_version,
    current_id,
    current_number,
    describe,
    hold,
    labels_of,
)

__all__ = [
    "add_version",
    "check_attribute_schema",
    "check_joins",
    "check_levels",
    "check_tree",
    "current_id",
    "current_number",
    "describe",
    "hold",
    "labels_of",
]
