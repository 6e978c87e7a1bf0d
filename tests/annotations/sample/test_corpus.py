"""Documents made from the hand-written ones."""

from collections import Counter
from dataclasses import replace
from hashlib import sha256
from itertools import islice, pairwise

from annotations.sample.corpus import _recombined, hand_written, sample_documents
from annotations.sample.document import SampleDocument
from annotations.sample.draw import seeded
from annotations.sample.pdf_file import can_print

WRITTEN = len(hand_written())


def made(count: int, seed: int = 1) -> list[SampleDocument]:
    return list(sample_documents(WRITTEN + count, seed))[WRITTEN:]


def test_the_hand_written_documents_come_first() -> None:
    assert list(sample_documents(3, 1)) == list(hand_written()[:3])
    assert list(sample_documents(0, 1)) == []


def test_the_same_seed_gives_the_same_documents() -> None:
    assert made(100, seed=5) == made(100, seed=5)
    assert made(100, seed=5) != made(100, seed=6)


def test_a_larger_count_only_adds_documents() -> None:
    assert list(islice(sample_documents(1000, 3), 60)) == list(sample_documents(60, 3))


def test_ten_thousand_documents_are_all_different() -> None:
    documents = list(sample_documents(10_000, 1))
    assert len(documents) == 10_000
    for attribute in ("external_id", "file_name", "title", "text"):
        assert len({getattr(document, attribute) for document in documents}) == 10_000


def test_made_documents_keep_the_truth_of_their_passages() -> None:
    known: dict[str, set[tuple[str, str]]] = {}
    for document in hand_written():
        known.setdefault(document.language, set()).update(quotes(document))
    for document in made(300):
        assert len(document.spans) >= 8
        assert set(quotes(document)) <= known[document.language]


def quotes(document: SampleDocument) -> list[tuple[str, str]]:
    return [(document.text[start:end], label) for start, end, label in document.spans]


def test_passages_come_from_documents_of_the_same_language_and_kind() -> None:
    origins = {
        passage: (document.language, document.kind)
        for document in hand_written()
        for passage in document.passages
    }
    for document in made(300):
        *passages, reference = document.passages
        assert {origins[passage] for passage in passages} == {(document.language, document.kind)}
        assert reference.text == f"Ref. {document.metadata['reference']:06d}"
        assert len(set(passages)) == len(passages)


def test_headings_always_head_something() -> None:
    for document in made(300):
        styles = [passage.style for passage in document.passages]
        assert ("heading", "heading") not in set(pairwise(styles))


def test_every_format_and_split_occurs_and_each_can_hold_its_text() -> None:
    documents = made(1500)
    formats = Counter(document.format for document in documents)
    assert set(formats) == {"txt", "md", "html", "pdf", "docx"}
    assert min(formats.values()) > 100
    assert Counter(document.split for document in documents).most_common(1)[0][0] == "train"
    for document in documents:
        assert document.file_name.endswith(f".{document.format}")
        assert document.text.encode(document.encoding)
        assert document.format != "pdf" or can_print(document)


def test_a_text_keeps_its_old_encoding_in_text_files_alone() -> None:
    german = [d for d in made(1500) if (d.language, d.kind) == ("de", "e-mail")]
    assert {(d.format == "txt", d.encoding) for d in german} == {
        (True, "windows-1252"),
        (False, "utf-8"),
    }


def test_a_text_that_its_old_encoding_lacks_is_written_in_utf_8() -> None:
    poem = next(document for document in hand_written() if document.kind == "poem")
    assert "\N{MUSICAL SYMBOL G CLEF}" in poem.text
    old = replace(poem, encoding="windows-1252")
    draws = [_recombined([old], number, seeded(1, number)) for number in range(60)]
    assert {d.encoding for d in draws} == {"utf-8"}


def test_the_documents_never_change_between_releases_unnoticed() -> None:
    texts = "\f".join(document.text for document in sample_documents(200, 1))
    assert sha256(texts.encode()).hexdigest()[:16] == "0f6757adf58db7e1"
