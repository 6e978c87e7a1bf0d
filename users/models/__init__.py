"""People, their sign-ins, what they were answered, and the log of every change."""

from users.models.event import Event
from users.models.kept_answer import KeptAnswer
from users.models.login_session import LoginSession
from users.models.resource import Resource
from users.models.user import User

__all__ = ["Event", "KeptAnswer", "LoginSession", "Resource", "User"]
