"""The Django app of this domain."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "users"
