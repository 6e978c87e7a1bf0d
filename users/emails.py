"""What e-mail addresses are here: ASCII, so that all agree which of them are one.

Beyond ASCII the database, Python and the servers that deliver mail disagree on what a small letter
is (U+212A is a Kelvin sign and a k), so that what counts tries and what looks accounts up would
take different addresses for the same one.
"""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError

ASCII = r"^[ -~]*$"  # as Python and PostgreSQL both read it
TEXT = "Write the e-mail in ASCII, and a domain with other letters in punycode (xn--…)."


def require_ascii(email: str) -> None:
    """Raise ValidationError for an address with any other character."""
    if not re.fullmatch(ASCII, email):
        raise ValidationError(TEXT, code="invalid")
