"""Steps: what staff do to resources by buttons on their pages.

A page carries the version that it shows; a step goes through the service under that version, so
a decision upon what has changed meanwhile is told and changes nothing.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from config.admin.pages import ScopedAdmin, own_address
from config.api.concurrency import Precondition
from config.api.problems import Problem, StaleVersion

MAX_VERSION = 2**31 - 1
STALE = "It changed after this page was loaded, so nothing was done. Look again, then decide."


@dataclass(frozen=True)
class Step:
    """One thing that is done through a service: `run(actor, resource, precondition, **given)`.

    `given` is {"reason": text} where the step `asks` for one. `offered` tells from a resource
    whether the step makes sense now; the service decides.
    """

    name: str
    title: str
    done: str
    permission: str
    run: Callable[..., object]
    offered: Callable[[Any], bool]
    asks: str = ""
    look: str = ""  # "default" or "grave"
    in_bulk: bool = True
    leaves: bool = False  # the resource is gone afterwards, its page with it
    guarded: bool = False  # as all grave ones are: its taker has shown lately who they are

    @property
    def is_guarded(self) -> bool:
        """Return whether it takes a recent sign-in."""
        return self.guarded or self.look == "grave"


class StepForm(forms.Form):
    """What a step's button sends."""

    version = forms.IntegerField(min_value=1, max_value=MAX_VERSION, widget=forms.HiddenInput)
    back = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, asks: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if asks:
            self.fields["reason"].label = asks
        else:
            del self.fields["reason"]


@dataclass(frozen=True)
class Offer:
    """A step that a page offers: its form and where that goes."""

    step: Step
    form: StepForm
    url: str
    onward: str


class SteppedAdmin(ScopedAdmin):
    """Pages with the model's `steps`, each for whom the subclass `allows` it."""

    steps: ClassVar[tuple[Step, ...]] = ()

    @abstractmethod
    def allows(self, request: HttpRequest, permission: str, resource: Any = None) -> bool:
        """Return whether the user may: to the resource, or, without one, to any at all."""

    def name_of(self, resource: Any) -> str:
        """Return what messages call the resource."""
        return str(resource)

    def onward(self, resource: Any) -> str:
        """Return the address to which a step may lead on afterwards, if there is one."""
        return ""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path(
                f"<uuid:object_id>/{step.name}/",
                self.admin_site.admin_view(partial(self.take_step, step=step)),
                name=f"{name}_{step.name}",
            )
            for step in self.steps
        ]
        return own + super().get_urls()

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            context |= self.shown_with(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def shown_with(self, request: HttpRequest, resource: Any) -> dict[str, Any]:
        """Return what the template of the resource's page needs besides Django's own."""
        return {"offers": self.offers(request, resource)}

    def offers(self, request: HttpRequest, resource: Any) -> list[Offer]:
        """Return the steps that the page at hand offers the user for the resource."""
        return [
            self._offer(request, step, resource)
            for step in self.steps
            if step.offered(resource) and self.allows(request, step.permission, resource)
        ]

    def _offer(self, request: HttpRequest, step: Step, resource: Any) -> Offer:
        form = StepForm(
            asks=step.asks,
            auto_id=f"{step.name}-{resource.pk}-%s",
            initial={"version": resource.version, "back": request.get_full_path()},
        )
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{step.name}"
        return Offer(step, form, reverse(name, args=[resource.pk]), self.onward(resource))

    def take_step(self, request: HttpRequest, object_id: UUID, step: Step) -> HttpResponse:
        """Do what a step's button asks for, then lead back, or onward if that was asked.

        Who comes without pressing it, as after signing in again, is led to the resource.
        """
        resource = self.get_object(request, str(object_id))
        if request.method != "POST":
            return redirect(self._back(request, resource))
        if asked := self.asked_again(request, step):
            return asked
        form = StepForm(request.POST, asks=step.asks)
        if not form.is_valid():
            self.message_user(request, first_error(form), messages.ERROR)
        elif self._done(request, step, resource, form.cleaned_data):
            self.message_user(request, f"{self.name_of(resource)}: {step.done}", messages.SUCCESS)
            return redirect(self._after(request, step, resource))
        return redirect(self._back(request, resource))

    def asked_again(self, request: HttpRequest, step: Step) -> HttpResponse | None:
        """Return the page that asks who is there where the step takes a recent sign-in."""
        site: Any = self.admin_site
        asked: HttpResponse | None = site.ask_again(request) if step.is_guarded else None
        return asked

    def _done(self, request: HttpRequest, step: Step, resource: Any, given: dict[str, Any]) -> bool:
        try:
            self._run(request, step, resource, given)
        except Problem as problem:
            self.message_user(request, told(problem), messages.ERROR)
            return False
        return True

    def _run(self, request: HttpRequest, step: Step, resource: Any, given: dict[str, Any]) -> None:
        if not self.allows(request, step.permission, resource):
            raise PermissionDenied
        reason = {"reason": given["reason"]} if step.asks else {}
        step.run(request.user, resource, Precondition(frozenset({given["version"]})), **reason)

    def _after(self, request: HttpRequest, step: Step, resource: Any) -> str:
        if step.leaves:
            return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        onward = self.onward(resource) if "onward" in request.POST else ""
        return onward or self._back(request, resource)

    def _back(self, request: HttpRequest, resource: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        back = own_address(request, request.POST.get("back", ""))
        return back or reverse(name, args=[resource.pk])


def told(refusal: Problem | PermissionDenied) -> str:
    """Return why something was refused, as people on a page read it."""
    match refusal:
        case StaleVersion():
            return STALE
        case Problem():
            return f"{refusal.title()} {refusal.detail}".strip()
    return "You may not do this."


def first_error(form: forms.Form) -> str:
    """Return the first thing that is wrong with what was sent."""
    field, errors = next(iter(form.errors.items()))
    label = form.fields[field].label or field
    return f"{label} {errors[0]}"
