"""One-time codes of an app (RFC 6238) and recovery codes; pure: secrets and times in, codes out."""

from __future__ import annotations

import hashlib
import secrets
from hmac import compare_digest

import pyotp

RECOVERY_CODES = 10
STEP = 30  # seconds
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is mistaken for something else
_GROUPS, _GROUP = 4, 4  # 79 bits


def new_secret() -> str:
    """Return a secret of 160 bits in base 32, as apps take it."""
    return pyotp.random_base32()


def uri_of(secret: str, account: str) -> str:
    """Return the otpauth:// address that apps read from a QR code."""
    return pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=account, issuer_name="Postil")


def code_at(secret: str, step: int) -> str:
    """Return the six digits of one step."""
    return pyotp.TOTP(secret, interval=STEP).generate_otp(step)


def matching_step(secret: str, code: str, *, now: float, after: int) -> int | None:
    """Return the step that a code is of, this one or a neighbour, and later than `after`.

    Every step is compared, so that the time taken does not tell which one it was.
    """
    given, here = _plain(code).encode(), int(now // STEP)
    matching = [
        step
        for step in (here - 1, here, here + 1)
        if compare_digest(code_at(secret, step).encode(), given) and step > after
    ]
    return matching[0] if matching else None


def new_recovery_codes() -> list[str]:
    """Return ten different codes, to be shown once and written down."""
    codes: set[str] = set()
    while len(codes) < RECOVERY_CODES:
        codes.add(_recovery_code())
    return sorted(codes)


def digest_of(recovery_code: str) -> str:
    """Return what is kept of a recovery code; blanks, dashes and letter case are no matter.

    A code of 79 random bits needs no slow hash, nor a salt.
    """
    return hashlib.sha256(_plain(recovery_code).lower().encode()).hexdigest()


def is_of_app(code: str) -> bool:
    """Return whether a code looks like an app's rather than like a recovery code."""
    plain = _plain(code)
    return len(plain) == 6 and plain.isascii() and plain.isdigit()  # noqa: PLR2004 - six digits


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "")


def _recovery_code() -> str:
    return "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS)
    )
