"""Reads the hand-written documents: a front matter of `key: value` lines, `---`, marked text."""

from pathlib import Path
from typing import cast

from annotations.sample.document import Format, SampleDocument, Split
from annotations.sample.markup import parse_passages

FOLDER = Path(__file__).parent / "documents"


def read_sources() -> tuple[SampleDocument, ...]:
    """Return every hand-written document, numbered from 1 in the order of the file names."""
    paths = sorted(FOLDER.glob("*.txt"))
    return tuple(
        parse_source(path.stem.partition("-")[2], path.read_text("utf-8"), number)
        for number, path in enumerate(paths, start=1)
    )


def parse_source(slug: str, source: str, number: int) -> SampleDocument:
    """Return the document that a source file describes.

    Raises KeyError for a missing entry of the front matter, MarkupError for marks that do not pair.
    """
    front, _, body = source.partition("\n---\n")
    facts = dict(line.split(": ", 1) for line in front.splitlines())
    return SampleDocument(
        external_id=external_id(number),
        title=facts["title"],
        language=facts["language"],
        kind=facts["kind"],
        format=cast("Format", facts["format"]),
        encoding=facts.get("encoding", "utf-8"),
        file_name=file_name(number, slug, facts["format"]),
        passages=parse_passages(body),
        labels=_listed(facts["labels"]),
        metadata=_metadata(facts),
        tags=_listed(facts["tags"]),
        split=cast("Split", facts["split"]),
    )


def external_id(number: int) -> str:
    """Return the external id of the document with this number."""
    return f"sample-{number:06d}"


def file_name(number: int, slug: str, suffix: str) -> str:
    """Return the name of the document's file."""
    return f"{number:06d}-{slug}.{suffix}"


def _listed(value: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(","))


def _metadata(facts: dict[str, str]) -> dict[str, str | int]:
    return {
        key.removeprefix("meta."): int(value) if value.isdecimal() else value
        for key, value in facts.items()
        if key.startswith("meta.")
    }
