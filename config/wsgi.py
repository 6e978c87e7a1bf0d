"""The WSGI application that web servers run."""

import os

from django.core.wsgi import get_wsgi_application

from config import telemetry
from config.checks import require_safe_settings
from config.http import Utf8WSGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
require_safe_settings()
telemetry.start("web")
application = get_wsgi_application()
application.request_class = Utf8WSGIRequest
