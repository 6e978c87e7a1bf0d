"""The site's database and no more: no middleware, two views."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.floor.urls"
WSGI_APPLICATION = "benchmarks.floor.wsgi.application"
MIDDLEWARE = []
