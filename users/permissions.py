"""What the token of a request may be used for, apart from who its user is."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from users.models import Scope, User


def require_scope(user: User, scope: Scope) -> None:
    """Raise PermissionDenied unless the request comes from a sign-in or a token of that scope."""
    if user.grant and not user.grant.allows(scope):
        text = f"It takes the scope {scope}; this token has {user.grant.scope}."
        raise PermissionDenied(text, code="insufficient_scope")


class TokenScope(BasePermission):
    """Hold an access token's scope against what the view's `scopes` name for the action.

    What they do not name takes `read` to read and `admin` for all else. A token of one project
    changes nothing outside of it.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        user: Any = request.user
        usual = Scope.READ if request.method in SAFE_METHODS else Scope.ADMIN
        require_scope(user, view.scopes.get(view.action, usual))
        if user.grant and user.grant.project_id and request.method not in SAFE_METHODS:
            raise PermissionDenied("This token is of one project.", code="insufficient_scope")
        return True


class SignInOnly(BasePermission):
    """Keep access tokens away from what belongs to the person: passwords, devices, tokens."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user: Any = request.user
        if user.grant:
            raise PermissionDenied("Sign in for this; tokens cannot.", code="sign_in_required")
        return True
