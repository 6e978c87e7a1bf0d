"""People in the admin: who they are, how they come in, their tokens, and the security log."""

from users.admin.access_tokens import AccessTokenAdmin
from users.admin.asking import user_of
from users.admin.people import UserAdmin
from users.admin.security_log import SecurityLogAdmin

__all__ = ["AccessTokenAdmin", "SecurityLogAdmin", "UserAdmin", "user_of"]
