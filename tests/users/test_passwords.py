"""What is asked of a password, and that it is hashed as one text however it was typed."""

from __future__ import annotations

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from users.models import User
from users.passwords import (
    ContextValidator,
    is_repetitive,
    normalised,
    validate,
    without_words,
)

ADA = User(email="ada.lovelace@analytical.example", name="Ada Lovelace")


@given(st.text())
def test_normalising_twice_changes_nothing_more(password: str) -> None:
    assert normalised(normalised(password)) == normalised(password)
    assert normalised(unicodedata.normalize("NFD", password)) == normalised(password)


@given(st.text(min_size=1, max_size=20), st.integers(2, 5))
def test_what_is_said_again_is_repetitive(unit: str, times: int) -> None:
    assert is_repetitive(unit * times)


@given(st.text(), st.lists(st.text(min_size=1)))
def test_taking_words_out_adds_nothing(password: str, words: list[str]) -> None:
    assert len(without_words(password, words)) <= len(password.casefold())


@pytest.mark.parametrize(
    "password",
    [
        "postil-postil-2026",
        "AdaLovelace2026",
        "lovelace-ada-lovelace",
        "analytical.example.1",
        "aaaaaaaaaaaaaaaaaaaa",
        "passwordpassword",
        "abcabcabcabcabcabc",
    ],
)
def test_what_others_would_guess_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate(password, ADA)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "my ada goes to the sea",
        "qwertz" * 10 + "yx",
        "ひらがなカタカナ漢字と猫と犬と魚",
    ],
)
def test_length_is_enough(password: str) -> None:
    validate(password, ADA)


def test_nobody_in_particular_has_the_sites_name_alone() -> None:
    with pytest.raises(ValidationError):
        ContextValidator().validate("postil postil postil")
    ContextValidator().validate("correct horse battery")


def test_it_says_what_it_asks() -> None:
    assert "this site's name" in ContextValidator().get_help_text()
