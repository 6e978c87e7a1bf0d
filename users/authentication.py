"""Who a request comes from: a bearer token, checked against the database at every request."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import Token

from users.models import LoginSession, User
from users.services.sign_ins import is_good


class TokenAuthentication(JWTAuthentication):
    """SimpleJWT's tokens, which end at once with their sign-in, their user or a new password."""

    def get_raw_token(self, header: bytes) -> bytes | None:
        """Return the token in an Authorization header; raises AuthenticationFailed."""
        try:
            return super().get_raw_token(header)
        except AuthenticationFailed as error:
            text = "Expected one token: `Authorization: Bearer …`."
            raise AuthenticationFailed(text, code="bad_authorization_header") from error

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]
        """Return the token's user; raises AuthenticationFailed when the token has ended."""
        sessions = LoginSession.objects.select_related("user")
        session = sessions.filter(pk=validated_token.get("sid")).first()
        if session is None or not is_good(session, validated_token):
            raise AuthenticationFailed("Sign in again.", code="token_ended")
        user: User = session.user
        return user

    def get_validated_token(self, raw_token: bytes) -> Token:
        """Return the verified token; raises AuthenticationFailed with one plain sentence."""
        try:
            return super().get_validated_token(raw_token)
        except InvalidToken as error:
            text = "The access token is invalid or has expired."
            raise AuthenticationFailed(text, code="invalid_token") from error


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's description shows the tokens."""

    target_class = TokenAuthentication
    name = "token"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
