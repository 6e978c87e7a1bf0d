"""A hasher that counts how often a password is hashed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.hashers import MD5PasswordHasher


class CountingHasher(MD5PasswordHasher):
    times: ClassVar[int] = 0

    def encode(self, *args: Any, **kwargs: Any) -> str:
        CountingHasher.times += 1
        return super().encode(*args, **kwargs)
