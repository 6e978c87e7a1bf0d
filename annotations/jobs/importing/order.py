"""What an import is asked to do, and how a job keeps that."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from annotations.formats.mapping import Mapping
from annotations.formats.rows import ReadingOptions, Shape
from documents.intake import Known


class Source(StrEnum):
    """Where documents come from."""

    RECORDS = "records"
    ARCHIVE = "archive"
    PLACE = "place"
    FOLDER = "folder"


class LabelPolicy(StrEnum):
    """What becomes of a label that the project has not."""

    CREATE = "create"
    ERROR = "error"


@dataclass(frozen=True)
class ImportOptions:
    """What whoever imports says; `mapping` has members of formats' Mapping."""

    reading: ReadingOptions = field(default_factory=ReadingOptions)
    is_archive: bool | None = None
    mapping: dict[str, Any] = field(default_factory=dict)
    policy: Known | None = None
    labels: LabelPolicy = LabelPolicy.ERROR
    dry_run: bool = False


@dataclass(frozen=True)
class ImportOrder:
    """One import, found to be possible.

    `shape` and `mapping` are those of records. `place` names one of the operator's, or is the
    folder itself, which no request can name; `path` lies below it.
    """

    source: Source
    policy: Known
    labels: LabelPolicy = LabelPolicy.ERROR
    dry_run: bool = False
    shape: Shape | None = None
    mapping: Mapping | None = None
    place: str = ""
    path: str = ""

    @property
    def found_in(self) -> str | Path:
        """Return the place as `documents.places` takes it."""
        return Path(self.place) if self.source is Source.FOLDER else self.place

    def as_parameters(self) -> dict[str, Any]:
        """Return what a job keeps of it, and shows to people."""
        told: dict[str, Any] = {
            "source": self.source.value,
            "policy": self.policy.value,
            "labels": self.labels.value,
            "dry_run": self.dry_run,
        }
        if self.shape and self.mapping:
            told |= {"shape": self.shape.as_dict(), "mapping": self.mapping.as_dict()}
        if self.place:
            told |= {"place": self.place, "path": self.path}
        return told

    @classmethod
    def from_parameters(cls, kept: dict[str, Any]) -> ImportOrder:
        """Return the order that a job keeps."""
        return cls(
            source=Source(kept["source"]),
            policy=Known(kept["policy"]),
            labels=LabelPolicy(kept["labels"]),
            dry_run=kept["dry_run"],
            shape=Shape.from_dict(kept["shape"]) if "shape" in kept else None,
            mapping=Mapping.from_dict(kept["mapping"]) if "mapping" in kept else None,
            place=kept.get("place", ""),
            path=kept.get("path", ""),
        )
