"""The assembly as Django apps without models: the start-up checks, and the admin site."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core.checks import register

if TYPE_CHECKING:
    from config.admin import PostilAdminSite


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config.checks import refuse_unsafe_settings

        register(refuse_unsafe_settings)


class PostilAdminConfig(AdminConfig):
    default_site = "config.admin.PostilAdminSite"

    def ready(self) -> None:
        """Let the apps hang in their pages, then fit the door."""
        super().ready()
        from django.contrib.admin import site

        from users.admin.door import AdminDoor

        cast("PostilAdminSite", site).door = AdminDoor()
