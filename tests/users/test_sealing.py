"""What is sealed lies nowhere open, and opens under our keys alone."""

from __future__ import annotations

import pytest
from cryptography.fernet import InvalidToken
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from users.sealing import seal, unseal


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
def test_what_is_sealed_is_read_again(plain: str) -> None:
    assert unseal(seal(plain)) == plain


def test_the_secret_does_not_show() -> None:
    sealed = seal("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert sealed != seal("JBSWY3DPEHPK3PXP")


def test_an_earlier_key_still_opens_what_it_sealed(settings: Settings) -> None:
    earlier, sealed = settings.SECRET_KEY, seal("secret")
    settings.SECRET_KEY = "the next key, as long and as random as the one before it was"
    with pytest.raises(InvalidToken):
        unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = [earlier]
    assert unseal(sealed) == "secret"
    newly = seal("secret")
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal(newly) == "secret"


@given(place=st.integers(0, 99))
def test_what_was_tampered_with_does_not_open(place: int) -> None:
    sealed = seal("JBSWY3DPEHPK3PXP")
    other = "A" if sealed[place] != "A" else "B"
    with pytest.raises(InvalidToken):
        unseal(sealed[:place] + other + sealed[place + 1 :])


@pytest.mark.parametrize("sealed", ["", "gAAAAA", "nothing", "é"])
def test_what_nobody_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(InvalidToken):
        unseal(sealed)
