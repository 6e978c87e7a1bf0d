"""Steps done to many resources at once, by the actions of their lists."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from config.admin.steps import Step, StepForm, SteppedAdmin, told
from config.api.problems import Problem, StaleVersion

AT_ONCE = 400  # two fields each in the form that confirms, which may have 1000
TOLD = 10


class BulkAdmin(SteppedAdmin):
    """Lists whose actions are the model's steps: they show what they are about to do, and ask.

    The page that asks carries the versions that it shows, as the page of one resource does.
    """

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {
            step.name: (partial(_act, step=step), step.name, f"{step.title}…")
            for step in self.steps
            if step.in_bulk and self.allows(request, step.permission)
        }

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        try:
            return super().response_action(request, queryset)
        except ValidationError:  # a selected id is none
            self.message_user(request, "Select again, please.", messages.ERROR)
            return None

    def act(self, request: HttpRequest, rows: QuerySet[Any], step: Step) -> HttpResponse | None:
        """Ask whether to do a step to the selected rows, or do it once that is confirmed."""
        selected = list(rows[: AT_ONCE + 1])
        if len(selected) > AT_ONCE:
            text = f"Select at most {AT_ONCE} at once."
            self.message_user(request, text, messages.ERROR)
            return None
        if "confirmed" not in request.POST:
            return self._ask(request, step, selected)
        if asked := self.asked_again(request, step):
            return asked
        self._do_to_all(request, step, selected)
        return None

    def _ask(self, request: HttpRequest, step: Step, selected: list[Any]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{step.title}: {len(selected)} {self.opts.verbose_name_plural}",
            "opts": self.opts,
            "step": step,
            "selected": [(resource, self.name_of(resource)) for resource in selected],
        }
        return TemplateResponse(request, "admin/confirm_step.html", context)

    def _do_to_all(self, request: HttpRequest, step: Step, selected: list[Any]) -> None:
        seen = dict(pair.partition(":")[::2] for pair in request.POST.getlist("seen"))
        refusals = []
        for resource in selected:
            form = StepForm({"version": seen.get(str(resource.pk))}, asks="")
            try:
                if not form.is_valid():
                    raise StaleVersion(resource)
                self._run(request, step, resource, form.cleaned_data)
            except (Problem, PermissionDenied) as refusal:
                refusals.append(f"{self.name_of(resource)}: {told(refusal)}")
        self._tell(request, step, len(selected) - len(refusals), refusals)

    def _tell(self, request: HttpRequest, step: Step, done: int, refusals: list[str]) -> None:
        if done:
            text = f"{done} {self.opts.verbose_name_plural}: {step.done}"
            self.message_user(request, text, messages.SUCCESS)
        for text in refusals[:TOLD]:
            self.message_user(request, text, messages.ERROR)
        gone = len(request.POST.getlist("seen")) - done - len(refusals)
        if gone > 0:
            text = f"{gone} are no longer in this list, so nothing was done to them."
            self.message_user(request, text, messages.WARNING)
        if len(refusals) > TOLD:
            text = f"{len(refusals) - TOLD} more could not be done."
            self.message_user(request, text, messages.ERROR)


def _act(
    page: BulkAdmin, request: HttpRequest, rows: QuerySet[Any], step: Step
) -> HttpResponse | None:
    return page.act(request, rows, step)
