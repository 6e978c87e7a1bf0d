"""The API of accounts and sign-ins."""

from users.views.accounts import MeViewSet, RegistrationViewSet
from users.views.sign_ins import SignOutViewSet, TokenViewSet

__all__ = ["MeViewSet", "RegistrationViewSet", "SignOutViewSet", "TokenViewSet"]
