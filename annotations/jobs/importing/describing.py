"""Lay texts out before the transaction that takes them in, which is short then."""

from __future__ import annotations

from collections.abc import Sequence

from annotations.jobs.importing.batch import Prepared
from annotations.jobs.importing.renewing import Renewing
from documents.jobs import Turn
from documents.models import Document


def describe(turn: Turn, prepared: Sequence[Prepared]) -> None:
    """Lay out the texts that will come in: all but those of documents that are known."""
    known, renew = _known(turn, prepared), Renewing(turn)
    for each in prepared:
        if each.item.external_id not in known:
            _ = each.item.extraction
        renew()


def _known(turn: Turn, prepared: Sequence[Prepared]) -> set[str]:
    ids = {each.item.external_id for each in prepared} - {None}
    rows = Document.objects.live().filter(project=turn.job.project, external_id__any_of=ids)
    return set(rows.values_list("external_id", flat=True))
