"""What goes in and out of accounts and sign-ins."""

from users.serializers.accounts import (
    MAX_PASSWORD,
    PersonSerializer,
    ProfileSerializer,
    RegisterSerializer,
    UserSerializer,
)
from users.serializers.sign_ins import RefreshSerializer, SignInSerializer, TokenPairSerializer

__all__ = [
    "MAX_PASSWORD",
    "PersonSerializer",
    "ProfileSerializer",
    "RefreshSerializer",
    "RegisterSerializer",
    "SignInSerializer",
    "TokenPairSerializer",
    "UserSerializer",
]
