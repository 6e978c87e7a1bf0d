"""What lists of this app can be filtered by."""

from __future__ import annotations

import django_filters as filters
from django.db.models import Q, QuerySet

from config.api.filters import MomentFilter, TrueOrFalseFilter
from users.models import AccessToken, Event


class AccessTokenFilter(filters.FilterSet):
    live = TrueOrFalseFilter(method="is_live", label="`true`: neither revoked nor expired.")

    class Meta:
        model = AccessToken
        fields: tuple[str, ...] = ()

    def is_live(self, rows: QuerySet[AccessToken], name: str, value: bool) -> QuerySet[AccessToken]:
        """Keep the tokens that may still be used, or those that may not."""
        live: QuerySet[AccessToken] = rows.live()  # type: ignore[attr-defined]
        return live if value else rows.exclude(pk__in=live.values("pk"))


class SecurityLogFilter(filters.FilterSet):
    action = filters.CharFilter(
        method="of_action", label="One, as `sign_in.failed`, or all of a kind, as `sign_in`."
    )
    actor = filters.UUIDFilter(field_name="actor_id", label="What this person did.")
    target = filters.UUIDFilter(field_name="target_id", label="What befell this.")
    address = filters.CharFilter(field_name="after__address", label="From exactly this address.")
    since = MomentFilter(field_name="at", lookup_expr="gte", label="From then on.")
    until = MomentFilter(field_name="at", lookup_expr="lt", label="Before then.")

    class Meta:
        model = Event
        fields: tuple[str, ...] = ()

    def of_action(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        """Keep the events of an action, or of all actions of a kind."""
        return rows.filter(Q(action=value) | Q(action__startswith=f"{value}."))
