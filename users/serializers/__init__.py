"""What goes in and out of accounts and sign-ins."""

from users.serializers.access_tokens import (
    AccessTokenChanges,
    AccessTokenInput,
    AccessTokenSerializer,
    NewAccessTokenSerializer,
    ServiceTokenInput,
)
from users.serializers.accounts import (
    MAX_PASSWORD,
    ConfirmationInput,
    EmailChangeInput,
    EmailInput,
    PasswordChangeInput,
    PasswordResetInput,
    PersonSerializer,
    ProfileSerializer,
    ReauthenticationInput,
    RegisterSerializer,
    StatusSerializer,
    UserSerializer,
)
from users.serializers.oidc import (
    OidcAuthorizeSerializer,
    OidcDepartureSerializer,
    OidcProvidersSerializer,
    OidcSecondFactorSerializer,
    OidcTokenSerializer,
)
from users.serializers.second_factors import (
    BeginSecondFactorSerializer,
    DisableSecondFactorSerializer,
    RecoveryCodesSerializer,
    SecondFactorCodeSerializer,
    SecondFactorSerializer,
    SecondFactorSetupSerializer,
)
from users.serializers.security_log import SecurityEventSerializer
from users.serializers.sign_ins import (
    DeviceSerializer,
    RefreshSerializer,
    SignInSerializer,
    TokenPairSerializer,
)

__all__ = [
    "MAX_PASSWORD",
    "AccessTokenChanges",
    "AccessTokenInput",
    "AccessTokenSerializer",
    "BeginSecondFactorSerializer",
    "ConfirmationInput",
    "DeviceSerializer",
    "DisableSecondFactorSerializer",
    "EmailChangeInput",
    "EmailInput",
    "NewAccessTokenSerializer",
    "OidcAuthorizeSerializer",
    "OidcDepartureSerializer",
    "OidcProvidersSerializer",
    "OidcSecondFactorSerializer",
    "OidcTokenSerializer",
    "PasswordChangeInput",
    "PasswordResetInput",
    "PersonSerializer",
    "ProfileSerializer",
    "ReauthenticationInput",
    "RecoveryCodesSerializer",
    "RefreshSerializer",
    "RegisterSerializer",
    "SecondFactorCodeSerializer",
    "SecondFactorSerializer",
    "SecondFactorSetupSerializer",
    "SecurityEventSerializer",
    "ServiceTokenInput",
    "SignInSerializer",
    "StatusSerializer",
    "TokenPairSerializer",
    "UserSerializer",
]
