"""The admin: Django's, reading through `visible_to` and writing through services alone."""

from config.admin.files import FileAdmin
from config.admin.filters import BinFilter, ColumnFilter, ListFilter
from config.admin.forms import ServiceForm, WritableAdmin
from config.admin.pages import Awaiting, ScopedAdmin, badge, capped_count
from config.admin.site import PostilAdminSite
from config.admin.steps import Step

__all__ = [
    "Awaiting",
    "BinFilter",
    "ColumnFilter",
    "FileAdmin",
    "ListFilter",
    "PostilAdminSite",
    "ScopedAdmin",
    "ServiceForm",
    "Step",
    "WritableAdmin",
    "badge",
    "capped_count",
]
