"""The one text that is taken though not all of it can be stored: a document's."""

from __future__ import annotations

from typing import Any

from django.core.validators import ProhibitNullCharactersValidator
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

_PROHIBIT = (ProhibitNullCharactersValidator, ProhibitSurrogateCharactersValidator)


class TextField(serializers.CharField):
    """A document's text: when it is laid out, NUL and lone surrogates are replaced, and noted.

    Every other field refuses them.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)
        self.validators = [each for each in self.validators if not isinstance(each, _PROHIBIT)]
