"""Who a request comes from: a bearer token, checked against the database at every request.

It is either SimpleJWT's, which a sign-in gives for minutes, or an access token of ours (`pst_…`).
"""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import Token

from users.compiled import Compiled, hole
from users.models import AccessToken, LoginSession, User
from users.services import access_tokens
from users.services.sign_ins import is_good, touch
from users.token_format import ACCESS, is_well_formed

_ACCESS_TOKEN = f"{ACCESS}_".encode()
_SESSION = Compiled(lambda: LoginSession.objects.select_related("user").filter(pk=hole("id")))


class TokenAuthentication(JWTAuthentication):
    """SimpleJWT's tokens, which end at once with their sign-in, their user or a new password.

    Whose request comes with an access token, on that instance `grant` says what it allows.
    """

    def authenticate(self, request: Request) -> tuple[User, Any] | None:  # type: ignore[override]
        """Return the user and the token, or None without one; raises AuthenticationFailed."""
        header = self.get_header(request)
        raw = header and self.get_raw_token(header)
        if raw and raw.startswith(_ACCESS_TOKEN):
            token = _good_access_token(raw.decode("latin-1"), request)
            token.user.grant = token.grant
            return token.user, token
        return cast("tuple[User, Any] | None", super().authenticate(request))

    def get_raw_token(self, header: bytes) -> bytes | None:
        """Return the token in an Authorization header; raises AuthenticationFailed."""
        try:
            return super().get_raw_token(header)
        except AuthenticationFailed as error:
            text = "Expected one token: `Authorization: Bearer …`."
            raise AuthenticationFailed(text, code="bad_authorization_header") from error

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]
        """Return the token's user; raises AuthenticationFailed when the token has ended."""
        session = _session_of(validated_token.get("sid"))
        if session is None or not is_good(session, validated_token):
            raise AuthenticationFailed("Sign in again.", code="token_ended")
        touch(session)
        user: User = session.user
        user.session = session
        return user

    def get_validated_token(self, raw_token: bytes) -> Token:
        """Return the verified token; raises AuthenticationFailed with one plain sentence."""
        try:
            return super().get_validated_token(raw_token)
        except InvalidToken as error:
            text = "The access token is invalid or has expired."
            raise AuthenticationFailed(text, code="invalid_token") from error


def _session_of(sid: Any) -> LoginSession | None:
    """Return the sign-in that a token names; one of another version of the site names none."""
    return _SESSION.first(id=sid) if sid else None


def _good_access_token(text: str, request: Request) -> AccessToken:
    """Return the token, its use noted; what is mistyped is refused without asking the database.

    The tries are not counted on their own: nobody guesses 178 bits, and a script that goes on
    with a dead token must not use up what its whole office has for signing in.
    """
    token = access_tokens.find(text) if is_well_formed(text, ACCESS) else None
    if token is None:
        raise AuthenticationFailed("There is no such access token.", code="invalid_token")
    seen = access_tokens.Visit.of(request)
    if not token.is_good:
        access_tokens.note_refusal(token=token, visit=seen)
        reason = "The access token was revoked, has expired, or its user is gone."
        raise AuthenticationFailed(reason, code="token_ended")
    access_tokens.note_use(token=token, visit=seen)
    return token


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's description shows the tokens."""

    target_class = TokenAuthentication
    name = "token"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        said = "What a sign-in gives for ten minutes (a JWT), or an access token (`pst_…`)."
        return {"type": "http", "scheme": "bearer", "description": said}
