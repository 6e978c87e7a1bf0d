"""Forms whose save calls the service; what it refuses is an error on the form."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from config.admin.bulk import BulkAdmin
from config.admin.steps import STALE, told
from config.api.concurrency import Precondition
from config.api.problems import Problem

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Any]
else:  # it cannot be subscripted when run
    _ModelForm = forms.ModelForm


class ServiceForm(_ModelForm):
    """A form that knows the version its page showed, and what the service refused."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    refusal: ClassVar[Problem | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen_version"].initial = self.instance.version

    def clean(self) -> dict[str, Any]:
        """Say at once what the service would refuse, or has refused."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        is_new = self.instance._state.adding  # noqa: SLF001 - Django documents it
        if not is_new and cleaned.get("seen_version") != self.instance.version:
            raise ValidationError(STALE)
        if self.refusal:
            raise ValidationError(told(self.refusal))
        return cleaned


class WritableAdmin(BulkAdmin):
    """Pages on which resources are made and changed: `create` and `change` call the service.

    `add_fields` stand on the page of a new one, `shown_fields` on that of one that exists.
    """

    form = ServiceForm
    add_form: ClassVar[type[ServiceForm]] = ServiceForm
    add_fields: ClassVar[tuple[Any, ...]] = ()
    shown_fields: ClassVar[tuple[Any, ...]] = ()

    @abstractmethod
    def create(self, request: HttpRequest, given: dict[str, Any]) -> Model:
        """Make the resource through the service; raises its Problems."""

    @abstractmethod
    def change(
        self, request: HttpRequest, obj: Any, precondition: Precondition, changes: dict[str, Any]
    ) -> Model:
        """Change the resource through the service; raises its Problems."""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [*self.add_fields, "seen_version"]
        is_form = self.has_change_permission(request, obj)
        return [*self.shown_fields, "seen_version"] if is_form else self.shown_fields

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs |= {} if obj else {"form": self.add_form}
        form: Any = super().get_form(request, obj, change, **kwargs)  # a new class each time
        form.refusal = getattr(request, "refusal", None)
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form, or save it; what the service refuses is shown on the form again."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Problem as problem:
            request.refusal = problem  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        given = {name: value for name, value in form.cleaned_data.items() if name in form.fields}
        version = given.pop("seen_version")
        if not change:
            return self.create(request, given)
        changes = {name: value for name, value in given.items() if name in form.changed_data}
        if not changes:
            return form.instance
        return self.change(request, form.instance, Precondition(frozenset({version})), changes)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Do nothing: save_form has called the service."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Do nothing: these forms have no others below them."""
