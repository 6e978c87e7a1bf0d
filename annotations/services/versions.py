"""What an annotation was at an earlier version, held against the text as it is now."""

from __future__ import annotations

from annotations.errors import OtherText, UnknownVersion
from annotations.jobs.moving import files_before
from annotations.models import Annotation
from documents.models import Revision
from users.models import Event

TOLD = 100
_PLACE = ("start", "end", "fragments", "quote", "page", "boxes")


def earlier(annotation: Annotation, version: int) -> Annotation:
    """Return an annotation as the log tells of it at a version, unsaved; raises UnknownVersion."""
    log = Event.objects.filter(target_id=annotation.pk).order_by("-pk")
    told = log.filter(after__version=version).values_list("after", flat=True).first()
    if told is None:
        known = log.filter(after__has_key="version").values_list("after__version", flat=True)
        versions = sorted(known[:TOLD])
        raise UnknownVersion(f"Expected one of {versions}.", versions=versions)
    return Annotation(**Annotation.columns_of(told))


def is_elsewhere(was: Annotation, current: Annotation) -> bool:
    """Return whether an annotation was put on something else than now."""
    return any(getattr(was, name) != getattr(current, name) for name in _PLACE)


def require_place(was: Annotation, text: Revision) -> None:
    """Raise OtherText unless what an annotation was put on stands there in a text too."""
    if was.revision_id != text.pk and not _stands(was, text):
        number = was.revision.number
        detail = f"It was said of text {number}; the present one has something else there."
        raise OtherText(detail, revision=number)


def _stands(was: Annotation, text: Revision) -> bool:
    if was.page is not None:  # the pages are those of the file
        return was.revision.number > files_before(text)
    return was.start is None or _is_quoted(was, text.text)


def _is_quoted(was: Annotation, text: str) -> bool:
    """Return whether a text has the same quote there, and the same around it."""
    assert was.start is not None
    assert was.end is not None
    parts = was.fragments or [[was.start, was.end]]
    quote = " ".join(text[start:end] for start, end in parts)
    around = text.endswith(was.prefix, 0, was.start) and text.startswith(was.suffix, was.end)
    return around and quote == was.quote
