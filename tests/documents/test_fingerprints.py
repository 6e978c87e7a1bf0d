"""Fingerprints tell how alike texts are, as a comparison of all their shingles would."""

from __future__ import annotations

from random import Random

import pytest
from unicode_segmentation_rs import unicode_words

from documents import fingerprints
from documents.fingerprints import HASHES, bands, signature, similarity
from tests.documents.likenesses import corpus

NAMESPACE = b"0123456789abcdef"


def shingles(text: str) -> set[tuple[str, ...]]:
    words = unicode_words(text.casefold())
    size = min(3, len(words))
    return {tuple(words[at : at + size]) for at in range(len(words) - size + 1)} if words else set()


def jaccard(one: str, other: str) -> float:
    first, second = shingles(one), shingles(other)
    return len(first & second) / len(first | second)


def pairs_of(texts: list[str]) -> list[tuple[int, int, float]]:
    """Return each pair of texts that has a word in common, with the index by brute force."""
    many = range(len(texts))
    return [
        (one, other, jaccard(texts[one], texts[other]))
        for one in many
        for other in many
        if one < other
    ]


def test_the_estimate_is_near_what_all_shingles_say() -> None:
    texts = corpus(Random(1), families=8, variants=6)
    signatures = [signature(text) for text in texts]
    errors = [
        similarity(signatures[one], signatures[other]) - index
        for one, other, index in pairs_of(texts)
    ]
    deviation = (sum(error**2 for error in errors) / len(errors)) ** 0.5
    assert deviation < 0.03
    assert abs(sum(errors) / len(errors)) < 0.005
    assert max(map(abs, errors)) < 4.5 * 0.044


def test_bands_find_nearly_all_that_is_alike_and_little_else() -> None:
    texts = corpus(Random(2), families=12, variants=8)
    banded = [set(bands(signature(text), NAMESPACE)) for text in texts]
    pairs = pairs_of(texts)
    found = {(one, other) for one, other, _ in pairs if banded[one] & banded[other]}
    alike = [(one, other) for one, other, index in pairs if index >= 0.8]
    fairly = [(one, other) for one, other, index in pairs if 0.7 <= index < 0.8]
    apart = [(one, other) for one, other, index in pairs if index < 0.2]
    assert len(alike) > 50
    assert len(fairly) > 20
    assert set(alike) <= found
    assert len(found & set(fairly)) >= 0.95 * len(fairly)
    assert len(found & set(apart)) <= 0.02 * len(apart)


def test_letter_case_punctuation_and_blanks_do_not_count() -> None:
    assert signature("Ada lives, in Turin.") == signature("ADA  LIVES\nin turin")


def test_the_order_of_words_counts() -> None:
    assert similarity(signature("a b c d e f"), signature("f e d c b a")) < 0.2


@pytest.mark.parametrize("text", ["", " \n", "... !", "👩‍🔬"])
def test_a_text_without_words_is_like_nothing(text: str) -> None:
    assert (signature(text), bands(signature(text), NAMESPACE)) == (b"", [])
    assert similarity(signature(text), signature(text)) == 0
    assert similarity(signature("Ada"), signature(text)) == 0


@pytest.mark.parametrize("text", ["Ada", "Ada lives", "Ada lives there"])
def test_a_short_text_is_like_itself_alone(text: str) -> None:
    assert similarity(signature(text), signature(text.upper())) == 1
    assert similarity(signature(text), signature(text + " no more")) < 0.6


def test_ideographs_are_words() -> None:
    text = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"
    changed = text.replace("無い", "有る")
    assert similarity(signature(text), signature(text.replace("。", "、"))) == 1
    assert 0.5 < jaccard(text, changed) < 1
    assert abs(similarity(signature(text), signature(changed)) - jaccard(text, changed)) < 0.15


def test_a_long_text_is_read_in_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(f"w{number}" for number in range(2000))
    whole = signature(text)
    monkeypatch.setattr(fingerprints, "_STRETCH", 500)
    # A word is cut at the end of each stretch.
    assert similarity(signature(text), whole) > 0.9
    monkeypatch.setattr(fingerprints, "_STRETCH", 3)
    assert signature("a b c d") == signature("a b  c d")


def test_bands_are_of_one_namespace() -> None:
    made = signature("Ada lives in Turin.")
    assert len(set(bands(made, NAMESPACE))) == fingerprints.BANDS
    assert not set(bands(made, NAMESPACE)) & set(bands(made, b"another"))
    assert all(-(2**63) <= number < 2**63 for number in bands(made, NAMESPACE))


def test_signatures_do_not_change_unnoticed() -> None:
    """Stored ones are compared with new ones: METHOD must change when they do."""
    assert fingerprints.METHOD == "minhash-3-128-2"
    assert len(signature("Ada")) == 4 * HASHES
    made = bands(signature("Ada lives in Turin."), NAMESPACE)
    assert made[:2] == [-6943384297205065087, -3534849052281036241]
