"""Metadata held against what their project declares, in the transaction of each change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from documents.errors import InvalidMetadata
from documents.finding.values import Misfit, misfits
from documents.models import MetadataField

Declared = dict[str, str]


def declared_metadata(project_id: UUID) -> Declared:
    """Return the type of each member that a project declares, by name."""
    fields = MetadataField.objects.filter(project_id=project_id)
    return dict(fields.values_list("name", "type"))


def check_metadata(declared: Declared, metadata: Mapping[str, Any]) -> None:
    """Raise InvalidMetadata, with every fault, unless all declared members fit."""
    if found := misfits(declared, metadata):
        errors = [_error(misfit) for misfit in found]
        raise InvalidMetadata(f"{errors[0]['pointer']}: {errors[0]['detail']}", errors=errors)


def fitting(declared: Declared, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata without what does not fit, which nobody may be asked to mend."""
    amiss = {misfit.name for misfit in misfits(declared, metadata)}
    return {name: value for name, value in metadata.items() if name not in amiss}


def _error(misfit: Misfit) -> dict[str, str]:
    name = misfit.name.replace("~", "~0").replace("/", "~1")
    detail = f"Expected {misfit.expected}, found {misfit.found}."
    return {"pointer": f"/metadata/{name}", "code": InvalidMetadata.code, "detail": detail}
