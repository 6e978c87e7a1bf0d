"""The ASGI application, for servers that speak it."""

import os

from django.core.asgi import get_asgi_application

from config import telemetry
from config.checks import require_safe_settings
from config.http import Utf8ASGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
require_safe_settings()
telemetry.start("web")
application = get_asgi_application()
application.request_class = Utf8ASGIRequest
