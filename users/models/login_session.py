"""One sign-in on one device: the family of all tokens that follow from it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from uuid_utils.compat import uuid7


class LoginSession(models.Model):
    """A family of tokens; it knows the one refresh token that is still good."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="login_sessions"
    )
    refresh_id = models.CharField(max_length=64)
    user_agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    refreshed_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user_id} since {self.created_at:%F}"
