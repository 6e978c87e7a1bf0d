"""Pages of resources with a file, which is downloaded from there."""

from __future__ import annotations

from abc import abstractmethod
from typing import IO, Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from config.admin.pages import ScopedAdmin
from config.admin.steps import told
from config.api.downloads import attachment
from config.api.problems import Problem


class FileAdmin(ScopedAdmin):
    """A resource's file at its own address below the page: `file_kind` is the last part of it."""

    file_kind: ClassVar[str]

    @abstractmethod
    def open_file(self, resource: Any) -> IO[bytes]:
        """Open the file through the service; raises its Problems."""

    @abstractmethod
    def file_name(self, resource: Any) -> str:
        """Return the name to save the file under."""

    def file_url(self, resource: Any) -> str:
        """Return where the file is downloaded."""
        return reverse(f"admin:{self._file_route}", args=[resource.pk])

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download)
        own = path(f"<uuid:object_id>/{self.file_kind}/", view, name=self._file_route)
        return [own, *super().get_urls()]

    def download(self, request: HttpRequest, object_id: UUID) -> HttpResponseBase:
        """Send the file byte for byte, always as an attachment."""
        resource = self.get_object(request, str(object_id))
        try:
            file = self.open_file(resource)
        except Problem as problem:
            self.message_user(request, told(problem), messages.ERROR)
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            return redirect(name, resource.pk)
        return attachment(file, self.file_name(resource))

    @property
    def _file_route(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{self.file_kind}"
