"""The front page, and the API's description drawn by Swagger UI from our own host."""

from __future__ import annotations

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show where everything is."""
    return render(request, "home.html")


@require_safe
def schema(request: HttpRequest) -> FileResponse:
    """Answer the description of the API; a test keeps the file true."""
    content = (settings.BASE_DIR / "openapi.yaml").open("rb")
    return FileResponse(content, content_type="application/yaml")


# Swagger UI sets style attributes from its script; it is the one page with inline styles.
@method_decorator(csp_replace({"style-src": [SELF, UNSAFE_INLINE]}), name="dispatch")
class SwaggerView(SpectacularSwaggerSplitView):
    """The interactive description of the API."""

    url_name = "schema"
    title = "Postil API"
