"""Access tokens in the admin: one's own, and those of the service accounts that one manages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from config.admin import ListFilter, Step, WritableAdmin, badge
from config.api.concurrency import Precondition
from users.admin.asking import user_of
from users.admin.forms import ShownForm, answer, sent
from users.admin.identity import ask_again
from users.models import AccessToken, Scope, User
from users.services import access_tokens
from users.token_format import HINT_LENGTH

OWN = "token"
NEVER = ""
LIVES = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "a year"), (NEVER, "ever")]


class TokenForm(ShownForm):
    """A new token: the less it may and the shorter it lives, the better."""

    name = forms.CharField(max_length=100, help_text="What it is for.")
    scope = forms.ChoiceField(
        choices=Scope.choices, help_text="Each allows what the ones before it allow."
    )
    good_for = forms.ChoiceField(choices=LIVES, initial="90", required=False)

    @property
    def given(self) -> dict[str, Any]:
        """Return what was given, as the services take it."""
        fields = dict(self.cleaned_data)
        days = fields.pop("good_for")
        fields["expires_at"] = timezone.now() + timedelta(days=int(days)) if days else None
        return fields


class OwnTokenForm(TokenForm):
    """A new token of one's own, in one project or all."""

    project_id = forms.TypedChoiceField(
        label="Project", coerce=UUID, empty_value=None, required=False
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = user.memberships.filter(project__deleted_at=None).order_by("project__name")
        names = own.values_list("project_id", "project__name")
        choices: Any = [("", "All projects"), *((str(pk), name) for pk, name in names)]
        self.fields["project_id"].choices = choices  # type: ignore[attr-defined]


class StandingFilter(ListFilter):
    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("live", "In use"), ("ended", "Ended")]

    def keep(self, rows: Any, value: str) -> QuerySet[Any]:
        live: QuerySet[Any] = rows.live()
        return live if value == "live" else rows.exclude(pk__in=live.values("pk"))


def _revoke(actor: User, token: AccessToken, precondition: Precondition) -> None:
    access_tokens.revoke_token(actor=actor, token=token, precondition=precondition)


@admin.register(AccessToken)
class AccessTokenAdmin(WritableAdmin):
    """Who sees a token may rename and revoke it; one makes tokens for oneself alone."""

    shown_fields = (
        "name",
        "owner",
        "hint",
        "scope",
        "reach",
        "standing",
        "expires_at",
        "last_used_at",
        "created_at",
        "id",
        "version",
    )
    list_display = ("token", "owner", "scope", "standing", "expires_at", "last_used_at")
    list_filter = (StandingFilter,)
    list_select_related = ("user",)
    search_fields = ("name",)
    search_help_text = "Part of the name, the token's beginning, or its owner's e-mail or id"
    steps = (
        Step(
            "revoke",
            "Revoke",
            "revoked; it is refused from now on.",
            OWN,
            _revoke,
            lambda token: token.revoked_at is None,
            look="grave",
        ),
    )

    def allows(self, request: HttpRequest, permission: str, resource: Any = None) -> bool:
        """Let everybody do everything to the tokens that they see."""
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or obj.revoked_at is None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.shown_fields[1:] if obj else ()

    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        found = Q(name__icontains=text) | Q(hint=text[:HINT_LENGTH]) | Q(user__email__iexact=text)
        try:
            return rows.filter(found | Q(user=UUID(text)))
        except ValueError:
            return rows.filter(found)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Make a token of one's own; it takes a recent sign-in."""
        user = user_of(request)
        make = partial(access_tokens.create_token, actor=user, user=user)
        form_class = partial(OwnTokenForm, user=user)
        return ask_again(request) or token_page(request, form_class, make, "A new access token")

    def change(
        self, request: HttpRequest, obj: Any, precondition: Precondition, changes: dict[str, Any]
    ) -> AccessToken:
        return access_tokens.rename_token(
            actor=user_of(request), token=obj, precondition=precondition, **changes
        )

    @admin.display(description="token")
    def token(self, token: AccessToken) -> str:
        return str(token)

    @admin.display(description="of")
    def owner(self, token: AccessToken) -> str:
        return str(token.user)

    @admin.display(description="good in")
    def reach(self, token: AccessToken) -> str:
        if token.project_id is None:
            return "all projects"
        site: Any = self.admin_site
        shown: str = site.link_to("project", token.project_id)
        return shown

    @admin.display(description="standing")
    def standing(self, token: AccessToken) -> str:
        if token.is_good:
            return badge("active", "in use")
        return badge("inactive", "revoked" if token.revoked_at else "ended")


def token_page(
    request: HttpRequest,
    form_class: Callable[..., TokenForm],
    make: Callable[..., tuple[AccessToken, str]],
    title: str,
) -> HttpResponse:
    """Return the page on which a token is made, or the one that shows it, this once."""
    form = form_class(sent(request))
    context = {
        **admin.site.each_context(request),
        "title": title,
        "opts": AccessToken._meta,  # noqa: SLF001 - Django's public API
    }
    if form.is_done(make):
        token, text = form.outcome
        shown = {"title": f"The new token “{token.name}”", "token": token, "text": text}
        return answer(request, "admin/users/new_token.html", context | shown, form)
    return answer(request, "admin/users/make_token.html", context, form)
