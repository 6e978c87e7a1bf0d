"""Hold a code against somebody's second factor; nothing is spent here."""

from __future__ import annotations

import logging
import time
from uuid import uuid4

from cryptography.fernet import InvalidToken
from django.db.models import Exists, OuterRef

from users import one_time_codes
from users.models import Authenticator, RecoveryCode, User
from users.sealing import seal, unseal

logger = logging.getLogger(__name__)


def step_of(authenticator: Authenticator, code: str) -> int | None:
    """Return the step that an app's code is of; None unless it is good now."""
    try:
        secret = unseal(authenticator.sealed_secret)
    except InvalidToken:
        logger.error("A second factor cannot be read: SECRET_KEY_FALLBACKS lacks an earlier key.")
        return None
    after = authenticator.last_step
    return one_time_codes.matching_step(secret, code, now=time.time(), after=after)


def is_good_of(user: User | None, code: str) -> bool:
    """Return whether a code would be taken of somebody, or is not asked for.

    With nobody, and with who has no second factor, the same steps are taken in vain, so that the
    time tells nobody which of them it was.
    """
    digest = one_time_codes.digest_of(code)
    unused = RecoveryCode.objects.filter(user=OuterRef("user"), used_at=None, digest=digest)
    confirmed = Authenticator.objects.exclude(confirmed_at=None).annotate(is_spare=Exists(unused))
    held = confirmed.filter(user=user.pk if user else uuid4()).first()
    decoy = Authenticator(sealed_secret=seal(one_time_codes.new_secret()))
    step = step_of(held or decoy, code)
    if held is None:
        return True
    return step is not None if one_time_codes.is_of_app(code) else bool(held.is_spare)
