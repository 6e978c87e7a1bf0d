"""The assembly as Django apps without models: the start-up checks, and the admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core.checks import register


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config.checks import refuse_unsafe_settings

        register(refuse_unsafe_settings)


class PostilAdminConfig(AdminConfig):
    default_site = "config.admin.PostilAdminSite"
