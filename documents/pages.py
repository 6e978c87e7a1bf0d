"""The page that links of invitations lead to, for sites without a front end of their own."""

from __future__ import annotations

from django import forms

from config.api.throttling import may_be_mailed
from documents.serializers import MAX_TOKEN
from documents.services import invitations
from users.emails import require_ascii
from users.pages import Page
from users.serializers import MAX_PASSWORD


class InvitedForm(forms.Form):
    """The token stands in the address behind the #, from where a script fills it in."""

    token = forms.CharField(
        label="Invitation", max_length=MAX_TOKEN, help_text="What stands behind the # of the link."
    )
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        validators=(require_ascii,),
        required=False,
        help_text="Needed unless the invitation came by mail.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    name = forms.CharField(max_length=200, required=False)
    password = forms.CharField(
        label="New password",
        max_length=MAX_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class InvitationPage(Page):
    title = "You are invited"
    text = (
        "Make an account to join the project. If you have one, take the invitation up where you "
        "sign in with it."
    )
    button = "Join"
    done = "Sign in with your new account. Where we have sent you a mail, go on by its link first."
    form_class = InvitedForm
    template = "account/invitation.html"

    def act(self, **given: str) -> None:
        user, email = invitations.register(**given)
        if user is None and may_be_mailed(email):
            invitations.mail_link(token=given["token"], email=email)
