"""Secret tokens that people copy about: `pst_` + 30 random base62 digits + their checksum.

The prefix lets scanners find a token that leaked; the checksum (CRC-32, six base62 digits, as
GitHub has it) lets a mistyped one be refused without asking the database.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib

ACCESS = "pst"
INVITATION = "psi"
HINT_LENGTH = 8
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM, _CHECKSUM = 30, 6
_TOKEN = re.compile(rf"(ps[a-z])_([0-9A-Za-z]{{{_RANDOM}}})([0-9A-Za-z]{{{_CHECKSUM}}})")


def new_token(prefix: str) -> str:
    """Return a token with 178 bits of randomness."""
    body = "".join(secrets.choice(_DIGITS) for _ in range(_RANDOM))
    return f"{prefix}_{body}{_checksum(body)}"


def is_well_formed(token: str, prefix: str) -> bool:
    """Return whether a token has the prefix, the length and the checksum of ours."""
    found = _TOKEN.fullmatch(token)
    return found is not None and found[1] == prefix and _checksum(found[2]) == found[3]


def digest(token: str) -> str:
    """Return the SHA-256 of a token in hexadecimal, which is all of it that is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def _checksum(body: str) -> str:
    number, found = zlib.crc32(body.encode()), ""
    for _ in range(_CHECKSUM):
        number, digit = divmod(number, len(_DIGITS))
        found = _DIGITS[digit] + found
    return found
