"""What Prometheus reads at /metrics: requests, and where work stands.

Nobody may read it unless METRICS_TOKEN is set, and then who sends it as bearer token. What it needs
is an extra (`telemetry`), which is imported where it is wanted.
"""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from config.api.errors import problem_response


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer all metrics, in the format that is asked for; raises Http404 where there are none."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(
        request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"
    ):
        asked = {"WWW-Authenticate": "Bearer"}
        return problem_response(request, 401, "not_authenticated", "Send METRICS_TOKEN.", **asked)
    from config.metrics.exposition import exposed  # an extra, see above

    content, kind = exposed(request.headers.get("Accept", ""))
    return HttpResponse(content, content_type=kind)
