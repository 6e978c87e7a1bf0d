"""The pages that links in mails lead to, for sites without a front end of their own.

They do by a form what the API does by the same services. A link is not spent by being opened, for
mail programs open links ahead of people. Pages of a link are kept by nobody, and their address is
told to no other site: Referrer-Policy is same-origin (`no-referrer` would have browsers send the
forms with `Origin: null`, which the protection against forged forms refuses).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from config.api.problems import Problem
from config.api.throttling import address, count, may_be_mailed
from users.emails import require_ascii
from users.serializers import MAX_PASSWORD
from users.services import email_changes, known_addresses, passwords, registration


class EmailForm(forms.Form):
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        validators=(require_ascii,),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


class PasswordForm(forms.Form):
    password = forms.CharField(
        label="New password",
        max_length=MAX_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )


class Page(View, ABC):
    """A page with one form: what it asks, what its button does, and what is said afterwards."""

    http_method_names = ("get", "head", "post")
    title: ClassVar[str]
    text: ClassVar[str]
    button: ClassVar[str]
    done: ClassVar[str]
    form_class: ClassVar[type[forms.Form]] = forms.Form
    template: ClassVar[str] = "account/form.html"

    @method_decorator(sensitive_post_parameters())
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the request, and keep the answer out of every cache."""
        try:
            count("default", address(request))
            response = super().dispatch(request, *args, **kwargs)
        except Problem as problem:  # of a limit: what a form's fault is, the page itself says
            response = self.show(self.form_class(), error=problem)
        response["Cache-Control"] = "no-store"
        return response  # type: ignore[return-value]

    def get(self, request: HttpRequest, **kwargs: str) -> HttpResponse:
        """Show the form."""
        return self.show(self.form_class())

    def post(self, request: HttpRequest, **kwargs: str) -> HttpResponse:
        """Do what the form is for."""
        count("credentials_by_address", address(request))
        form = self.form_class(request.POST)
        if not form.is_valid():
            return self.show(form, status=422)
        try:
            self.act(**form.cleaned_data, **kwargs)
        except Problem as problem:
            return self.show(form, error=problem)
        return render(request, "account/done.html", {"title": self.title, "text": self.done})

    @abstractmethod
    def act(self, **given: str) -> None:
        """Call the service; raises its problems."""

    def show(
        self, form: forms.Form, *, error: Problem | None = None, status: int = 200
    ) -> HttpResponse:
        """Answer the page, with what went wrong."""
        errors = [one["detail"] for one in error.members.get("errors", ())] if error else []
        context = {"page": self, "form": form, "error": error, "errors": errors}
        shown = render(
            self.request, self.template, context, status=error.status if error else status
        )
        for name, value in error.headers.items() if error else ():
            shown[name] = value
        return shown


class ForgotPage(Page):
    title = "Forgot your password?"
    text = "Give the e-mail of your account: we send a link to set a new password."
    button = "Send the link"
    done = "If an account has this e-mail, a link is on its way. It is good for an hour."
    form_class = EmailForm

    def act(self, **given: str) -> None:
        if may_be_mailed(given["email"]):
            passwords.ask_reset(email=given["email"])


class VerifyPage(Page):
    title = "Confirm your e-mail"
    text = "One more step: confirm that you got our mail."
    button = "Confirm"
    done = "Your e-mail is confirmed. You can sign in now."

    def act(self, **given: str) -> None:
        registration.verify_email(token=given["token"], address=address(self.request))


class EmailPage(Page):
    title = "Confirm your new e-mail"
    text = "One more step: confirm that your account has this e-mail from now on."
    button = "Confirm"
    done = "Your account has the new e-mail. Sign in with it from now on."

    def act(self, **given: str) -> None:
        email_changes.confirm_change(token=given["token"])


class AddressPage(Page):
    title = "Sign in from a new address"
    text = "One more step: confirm that it is you who signs in from the address in the mail."
    button = "Let me in"
    done = "The address is known as yours now. Sign in there again."

    def act(self, **given: str) -> None:
        known_addresses.trust(token=given["token"])


class ResetPage(Page):
    title = "Set a new password"
    text = "Every sign-in and every access token of your account ends with it."
    button = "Set the password"
    done = "Your new password is set. You can sign in with it now."
    form_class = PasswordForm

    def act(self, **given: str) -> None:
        passwords.reset(**given, address=address(self.request))
