"""What is asked of a password, after NIST SP 800-63B: length, and not what others would guess.

Passwords are normalised (NFC) before they are hashed or checked, for keyboards write the same
letter in different ways; `User` does so wherever one is set or checked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

SITE_WORDS = ("postil",)
MIN_WORD = 3  # shorter ones stand in any text
MIN_REMAINDER = 8
MIN_VARIETY = 5


def normalised(password: str) -> str:
    """Return the password as it is hashed and checked."""
    return unicodedata.normalize("NFC", password)


def validate(password: str, person: Any) -> None:
    """Raise ValidationError unless the password suits the (perhaps unsaved) person."""
    validate_password(normalised(password), person)


def is_repetitive(password: str) -> bool:
    """Return whether it has few characters, or is some shorter text said several times."""
    return len(set(password)) < MIN_VARIETY or password in (password + password)[1:-1]


def without_words(password: str, words: Iterable[str]) -> str:
    """Return what is left of the password when each of the words is taken out, in any case."""
    left = password.casefold()
    for word in sorted({word.casefold() for word in words}, key=len, reverse=True):
        left = left.replace(word, "") if len(word) >= MIN_WORD else left
    return left


def words_around(person: Any) -> list[str]:
    """Return the words that somebody who knows the person and the site would try first."""
    known = (person.email, person.name) if person else ()
    parts = [part for text in known for part in re.split(r"[\W_]+", text)]
    return [*known, *parts, *SITE_WORDS]


class ContextValidator:
    """Refuse what is little more than the person's or the site's name, or one thing repeated."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for such a password."""
        if len(without_words(password, words_around(user))) < MIN_REMAINDER:
            text = "The password is little more than names that others know."
            raise ValidationError(text, code="password_of_known_names")
        if is_repetitive(password):
            raise ValidationError("The password repeats itself.", code="password_repetitive")

    def get_help_text(self) -> str:
        """Return what Django's forms say of it."""
        return "Not your name, your e-mail or this site's name alone, and not one thing repeated."
