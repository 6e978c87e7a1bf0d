from __future__ import annotations

import pickle

from documents.ingest import ErrorCode, ExtractionError
from documents.ingest.errors import EXPLANATIONS


def test_every_code_is_explained_in_one_sentence() -> None:
    assert set(EXPLANATIONS) == set(ErrorCode)
    assert all(text.endswith(".") and text.count(".") == 1 for text in EXPLANATIONS.values())


def test_an_error_without_a_detail_explains_its_code() -> None:
    error = ExtractionError(ErrorCode.EMPTY_FILE)
    assert (error.code, error.detail) == ("empty_file", ErrorCode.EMPTY_FILE.explanation)
    assert str(error) == "empty_file: The file has no bytes."


def test_an_error_may_carry_a_code_from_elsewhere() -> None:
    error = ExtractionError("worker_lost", "Nobody is left.")
    assert (error.code, error.detail) == ("worker_lost", "Nobody is left.")


def test_an_error_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(ExtractionError(ErrorCode.TOO_LARGE, "Really.")))
    assert (error.code, error.detail) == ("too_large", "Really.")
