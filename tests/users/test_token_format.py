"""Tokens are told by prefix, length and checksum; the smallest slip is noticed."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from users.token_format import ACCESS, INVITATION, digest, is_well_formed, new_token

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PLACES = st.integers(4, 39)  # after the prefix


def test_a_token_looks_as_scanners_expect() -> None:
    assert re.fullmatch(r"pst_[0-9A-Za-z]{36}", new_token(ACCESS))
    assert re.fullmatch(r"psi_[0-9A-Za-z]{36}", new_token(INVITATION))


def test_a_token_is_well_formed_under_its_own_prefix_only() -> None:
    token = new_token(ACCESS)
    assert is_well_formed(token, ACCESS)
    assert not is_well_formed(token, INVITATION)
    assert not is_well_formed(token.replace("pst", "psi"), ACCESS)


def test_no_two_tokens_are_alike() -> None:
    assert len({new_token(ACCESS) for _ in range(1000)}) == 1000


def test_the_checksum_is_what_it_always_was() -> None:
    assert is_well_formed(f"pst_{'0' * 30}2C8GjS", ACCESS)
    assert not is_well_formed(f"pst_{'0' * 36}", ACCESS)


@given(PLACES, st.sampled_from(BASE62))
def test_one_wrong_character_is_noticed(place: int, character: str) -> None:
    token = new_token(ACCESS)
    changed = token[:place] + character + token[place + 1 :]
    assert is_well_formed(changed, ACCESS) is (changed == token)


@given(st.integers(4, 38))
def test_two_swapped_characters_are_noticed(place: int) -> None:
    token = new_token(ACCESS)
    changed = token[:place] + token[place + 1] + token[place] + token[place + 2 :]
    assert is_well_formed(changed, ACCESS) is (changed == token)


@given(st.text(max_size=50))
def test_whatever_else_is_sent_is_no_token(text: str) -> None:
    assert not is_well_formed(text, ACCESS)
    assert not is_well_formed(f"pst_{text}", ACCESS)


@pytest.mark.parametrize("around", [" {}", "{} ", "{}\n", "{}0", "x{}", "PST_{}"])
def test_nothing_stands_around_a_token(around: str) -> None:
    assert not is_well_formed(around.format(new_token(ACCESS)), ACCESS)


def test_digits_of_other_scripts_are_none() -> None:
    assert not is_well_formed(f"pst_{'٣' * 36}", ACCESS)


def test_kept_is_the_sha_256() -> None:
    token = new_token(ACCESS)
    assert digest(token) == hashlib.sha256(token.encode()).hexdigest()
