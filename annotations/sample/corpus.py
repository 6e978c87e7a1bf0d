"""As many demo documents as wanted: the hand-written ones, then others made of their passages."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from annotations.sample.document import Format, Passage, SampleDocument, Split
from annotations.sample.draw import seeded
from annotations.sample.pdf_file import can_print
from annotations.sample.source import external_id, file_name, read_sources

_SPLITS: tuple[Split, ...] = ("train", "dev", "test")
_SPLIT_WEIGHTS = (8, 1, 1)


@cache
def hand_written() -> tuple[SampleDocument, ...]:
    """Return the hand-written documents in their order."""
    return read_sources()


def sample_documents(count: int, seed: int) -> Iterator[SampleDocument]:
    """Yield `count` documents, no two equal in text; document n depends on the seed and n alone."""
    originals = hand_written()
    yield from originals[:count]
    for number in range(len(originals) + 1, count + 1):
        yield _recombined(originals, number, seeded(seed, number))


def _recombined(
    originals: Sequence[SampleDocument], number: int, draw: random.Random
) -> SampleDocument:
    base = draw.choice(originals)
    siblings = [
        other for other in originals if (other.language, other.kind) == (base.language, base.kind)
    ]
    passages = (*_passages(base, siblings, draw), Passage(f"Ref. {number:06d}"))
    slug = base.file_name.partition("-")[2].rpartition(".")[0]
    made = replace(
        base,
        external_id=external_id(number),
        title=f"{base.title} ({number})",
        passages=passages,
        metadata={**base.metadata, "reference": number},
        split=draw.choices(_SPLITS, _SPLIT_WEIGHTS)[0],
    )
    chosen = draw.choice(_formats(made))
    return replace(
        made,
        format=chosen,
        encoding=_encoding(made, chosen),
        file_name=file_name(number, slug, chosen),
    )


def _passages(
    base: SampleDocument, siblings: Sequence[SampleDocument], draw: random.Random
) -> tuple[Passage, ...]:
    """Keep how the base begins and how some sibling ends, and draw what comes between."""
    opening, *own, _ = _sections(base)
    pool = [section for other in siblings for section in _sections(other)[1:-1]]
    middle = draw.sample(pool, draw.randint(2, len(own)))
    closing = _sections(draw.choice(siblings))[-1]
    return tuple(passage for section in (opening, *middle, closing) for passage in section)


def _sections(document: SampleDocument) -> list[list[Passage]]:
    """Cut a document before each passage, except that a heading keeps all that it heads."""
    sections: list[list[Passage]] = []
    for passage in document.passages:
        headed = bool(sections) and sections[-1][0].style == "heading"
        if headed and passage.style != "heading":
            sections[-1].append(passage)
        else:
            sections.append([passage])
    return sections


def _formats(document: SampleDocument) -> list[Format]:
    anything: list[Format] = ["txt", "md", "html", "docx"]
    return [*anything, "pdf"] if can_print(document) else anything


def _encoding(document: SampleDocument, chosen: Format) -> str:
    if chosen != "txt":
        return "utf-8"
    try:
        document.text.encode(document.encoding)
    except UnicodeEncodeError:
        return "utf-8"
    return document.encoding
