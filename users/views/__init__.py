"""The API of accounts and sign-ins."""

from users.views.access_tokens import AccessTokenViewSet
from users.views.accounts import MeViewSet, OwnAccountViewSet, PasswordChangeViewSet
from users.views.devices import DeviceViewSet, SignOutViewSet
from users.views.identities import IdentityLinkViewSet, IdentityViewSet
from users.views.oidc import OidcDepartureViewSet, OidcProvidersViewSet, OidcTokenViewSet
from users.views.registration import (
    EmailChangeViewSet,
    PasswordResetViewSet,
    RegistrationViewSet,
    TrustedAddressViewSet,
)
from users.views.second_factors import (
    NoSecondFactorViewSet,
    RecoveryCodesViewSet,
    SecondFactorViewSet,
)
from users.views.security_log import SecurityLogViewSet
from users.views.sign_ins import TokenViewSet

__all__ = [
    "AccessTokenViewSet",
    "DeviceViewSet",
    "EmailChangeViewSet",
    "IdentityLinkViewSet",
    "IdentityViewSet",
    "MeViewSet",
    "NoSecondFactorViewSet",
    "OidcDepartureViewSet",
    "OidcProvidersViewSet",
    "OidcTokenViewSet",
    "OwnAccountViewSet",
    "PasswordChangeViewSet",
    "PasswordResetViewSet",
    "RecoveryCodesViewSet",
    "RegistrationViewSet",
    "SecondFactorViewSet",
    "SecurityLogViewSet",
    "SignOutViewSet",
    "TokenViewSet",
    "TrustedAddressViewSet",
]
