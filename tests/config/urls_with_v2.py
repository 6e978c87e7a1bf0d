"""The site's addresses with a second version of the API beside the first."""

from __future__ import annotations

from django.urls import include, path

from config import urls

urlpatterns = [*urls.urlpatterns, path("api/v2/", include((urls.v1, "v2")))]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500
