"""Seal what must be read again but never lie open in the database, under SECRET_KEY (Fernet)."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def seal(plain: str) -> str:
    """Return the text encrypted and signed."""
    return _fernet().encrypt(plain.encode()).decode()


def unseal(sealed: str) -> str:
    """Return what was sealed, also under an earlier key; raises cryptography's InvalidToken."""
    return _fernet().decrypt(sealed.encode()).decode()


def _fernet() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    # One hash suffices to derive a key from one that is random and long, as config.checks demands.
    return base64.urlsafe_b64encode(hashlib.sha256(b"postil.sealing:" + key.encode()).digest())
