"""What somebody signs in with besides a password: one-time codes (RFC 6238), recovery codes."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Authenticator(models.Model):
    """An app that shows one-time codes; it counts once `confirmed_at` is set by a right code.

    The secret is sealed under SECRET_KEY. A code is good once: `last_step` is the 30-second step
    of the last one that was taken.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="authenticator"
    )
    sealed_secret = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"of {self.user_id}"


class RecoveryCode(models.Model):
    """One code, good once, for whoever has lost the app; only its digest is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once"),
        )

    def __str__(self) -> str:
        return f"of {self.user_id}"
