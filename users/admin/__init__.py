"""People in the admin."""

from users.admin.asking import user_of
from users.admin.people import UserAdmin

__all__ = ["UserAdmin", "user_of"]
