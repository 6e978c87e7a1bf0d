"""What the token of a request may be used for, apart from who its user is.

Each permission `explains` itself to the API's description: what an action of a view takes.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from users.models import Scope, User


def require_scope(user: User, scope: Scope) -> None:
    """Raise PermissionDenied unless the request comes from a sign-in or a token of that scope."""
    if user.grant and not user.grant.allows(scope):
        text = f"It takes the scope {scope}; this token has {user.grant.scope}."
        raise PermissionDenied(text, code="insufficient_scope")


def lacks_second_factor(user: User) -> bool:
    """Return whether somebody must have a second factor and signed in without one."""
    is_asked = settings.STAFF_NEED_SECOND_FACTOR and (user.is_staff or user.is_superuser)
    return is_asked and user.session is not None and not user.session.has_second_factor


class SecondFactorHeld(BasePermission):
    """Keep who must have a second factor and has not shown one to setting one up and signing out.

    These are the views that say `needs_second_factor = False`; access tokens are no sign-ins.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        user: Any = request.user
        if getattr(view, "needs_second_factor", True) and lacks_second_factor(user):
            text = "Set up a second factor, or sign in with the one that you have."
            raise PermissionDenied(text, code="second_factor_setup_required")
        return True


class TokenScope(SecondFactorHeld):
    """Hold an access token's scope against what the view's `scopes` name for the action.

    What they do not name takes `read` to read and `admin` for all else. A token of one project
    changes nothing outside of it.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        super().has_permission(request, view)
        user: Any = request.user
        require_scope(user, self._scope(view, str(request.method)))
        if user.grant and user.grant.project_id and request.method not in SAFE_METHODS:
            raise PermissionDenied("This token is of one project.", code="insufficient_scope")
        return True

    def explain(self, view: Any, method: str) -> str:
        """Say what the view's action takes."""
        return f"Takes of an access token the scope `{self._scope(view, method)}`."

    @staticmethod
    def _scope(view: Any, method: str) -> Scope:
        usual = Scope.READ if method in SAFE_METHODS else Scope.ADMIN
        scope: Scope = view.scopes.get(view.action, usual)
        return scope


class SignInOnly(SecondFactorHeld):
    """Keep access tokens away from what belongs to the person: passwords, devices, tokens."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user: Any = request.user
        if user.grant:
            raise PermissionDenied("Sign in for this; tokens cannot.", code="sign_in_required")
        return super().has_permission(request, view)

    def explain(self, view: Any, method: str) -> str:
        """Say what the view's action takes."""
        return "Takes a sign-in: no access token can."
