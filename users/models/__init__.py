"""People and service accounts, how they sign in, what they were answered, and the event log."""

from users.models.access_token import AccessToken, Grant, Scope
from users.models.event import Event, SecurityEvent
from users.models.external_identity import ExternalIdentity, OidcAttempt
from users.models.kept_answer import KeptAnswer
from users.models.login_session import LoginSession, SessionKind, SignInMethod
from users.models.resource import Resource
from users.models.second_factor import Authenticator, RecoveryCode
from users.models.user import User

__all__ = [
    "AccessToken",
    "Authenticator",
    "Event",
    "ExternalIdentity",
    "Grant",
    "KeptAnswer",
    "LoginSession",
    "OidcAttempt",
    "RecoveryCode",
    "Resource",
    "Scope",
    "SecurityEvent",
    "SessionKind",
    "SignInMethod",
    "User",
]
