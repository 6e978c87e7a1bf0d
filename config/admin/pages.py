"""Lists and pages of what the user may see; nothing is written here."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.text import capfirst

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    _Paginator = Paginator[Any]
else:  # neither can be subscripted when run
    ModelAdmin, _Paginator = admin.ModelAdmin, Paginator

COUNTED = 10_000


@dataclass(frozen=True)
class Awaiting:
    """One thing on the home page that waits for staff: how many of what, and where."""

    count: str
    text: str
    url: str


class CappedPaginator(_Paginator):
    """Pages of a list that is counted, and shown, up to a limit: no count of a million rows."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:COUNTED].count())

    @property
    def is_capped(self) -> bool:
        """Return whether there may be more rows than are counted."""
        return self.count == COUNTED


class ScopedAdmin(ModelAdmin):
    """A list and a page each of the rows that the user may see; read-only as it stands."""

    actions = None
    change_form_template = "admin/resource.html"
    list_per_page = 50
    ordering: ClassVar[tuple[str, ...]] = ("-id",)
    paginator = CappedPaginator
    show_facets = ShowFacets.NEVER
    show_full_result_count = False
    sortable_by = ()
    view_on_site = False

    # Who may look: all staff, at what they may see. What they may do, services' steps decide.

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        return self.model.objects.visible_to(request.user)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return the row among the visible ones; what is foreign is missing."""
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found

    # Lists

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Take the parameters of the declared filters alone; none becomes a column's name."""
        filters: Any = self.get_list_filter(request)
        return lookup in {filter_class.parameter_name for filter_class in filters}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return (self.search(queryset, text) if text else queryset), False

    @abstractmethod
    def search(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Keep the rows that the text finds; called where `search_fields` show a search box."""

    # The home page, and the log

    def awaiting(self, request: HttpRequest) -> list[Awaiting]:
        """Return what of this model waits for the user."""
        return []

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the event log of the row: Django's own log is not written."""
        row = self.get_object(request, unquote(object_id))
        return redirect(f"{reverse('admin:users_event_changelist')}?target={row.pk}")

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Leave logging to the services: each change has its event."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Leave logging to the services: each change has its event."""


def own_address(request: HttpRequest, address: str) -> str:
    """Return an address that a request names if it is one of this site, else ""."""
    hosts, secure = {request.get_host()}, request.is_secure()
    is_own = address and url_has_allowed_host_and_scheme(address, hosts, require_https=secure)
    return address if is_own else ""


def badge(value: str, text: str = "") -> SafeString:
    """Return a state or the like as a small labelled box, coloured by its value."""
    return format_html('<span class="badge badge-{}">{}</span>', value, text or value)


def capped_count(rows: QuerySet[Any], most: int = 1000) -> str:
    """Return how many rows there are, or e.g. "1000+"; it costs no more than `most` rows."""
    found = rows.order_by().values("pk")[: most + 1].count()
    return f"{most}+" if found > most else str(found)
