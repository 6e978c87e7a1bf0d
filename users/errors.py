"""What can be wrong with a sign-in or an account."""

from config.api.problems import Problem


class InvalidCredentials(Problem):
    """E-mail and password do not belong to an active account."""

    status = 401
    code = "invalid_credentials"


class NoStaff(Problem):
    """The account may not enter the admin."""

    status = 403
    code = "no_staff"


class InvalidRefreshToken(Problem):
    """The refresh token is not valid, has ended, or was used before."""

    status = 401
    code = "invalid_refresh_token"


class SignInEnded(Problem):
    """The sign-in has ended while the request waited."""

    status = 401
    code = "token_ended"


class EmailTaken(Problem):
    """An account with this e-mail exists."""

    status = 409
    code = "email_taken"


class RegistrationClosed(Problem):
    """Accounts are made by staff here."""

    status = 403
    code = "registration_closed"


class NotConfirmed(Problem):
    """Nothing was done, for what was typed to confirm it is something else."""

    status = 422
    code = "not_confirmed"


class OwnAccount(Problem):
    """Nobody opens or shuts their own account."""

    status = 409
    code = "own_account"


class SecondFactorRequired(Problem):
    """The password is right; send the second factor's code with it."""

    status = 401
    code = "second_factor_required"


class InvalidSecondFactor(Problem):
    """The second factor's code is wrong, has expired, or was used before."""

    status = 401
    code = "invalid_second_factor"


class WrongPassword(Problem):
    """The current password is another one."""

    status = 403
    code = "wrong_password"
    is_recorded = True


class WrongSecondFactor(Problem):
    """The code is wrong, has expired, or was used before."""

    status = 403
    code = "wrong_second_factor"
    is_recorded = True


class SecondFactorEnabled(Problem):
    """The account has a second factor; disable it to set up another."""

    status = 409
    code = "second_factor_enabled"


class SecondFactorMissing(Problem):
    """The account has no second factor, or none that awaits its first code."""

    status = 409
    code = "second_factor_missing"


class TooManyTokens(Problem):
    """There are as many access tokens in use as there may be."""

    status = 409
    code = "too_many_tokens"


class UnknownProject(Problem):
    """There is no such project, or not for the token's user."""

    status = 422
    code = "unknown_project"

    def __init__(self) -> None:
        detail = "There is no such project, or not for you."
        error = {"pointer": "/project_id", "code": self.code, "detail": detail}
        super().__init__(f"/project_id: {detail}", errors=[error])


class EmailUnverified(Problem):
    """The account's e-mail has not been verified yet; follow the link in the mail."""

    status = 401
    code = "email_unverified"


class InvalidConfirmation(Problem):
    """The link is not valid, was used before, or has expired."""

    status = 422
    code = "invalid_confirmation"


class InvalidMember(Problem):
    """The content is invalid."""

    status = 422
    code = "invalid"

    def __init__(self, pointer: str, code: str, *details: str) -> None:
        errors = [{"pointer": pointer, "code": code, "detail": detail} for detail in details]
        super().__init__(f"{pointer}: {details[0]}", errors=errors)


class RecentSignInRequired(Problem):
    """Without a password, this takes a sign-in of the last minutes."""

    status = 403
    code = "recent_sign_in_required"


class LastManager(Problem):
    """A project always has a manager."""

    status = 409
    code = "last_manager"


class AccountErased(Problem):
    """The account's person was erased."""

    status = 409
    code = "account_erased"


class InvalidState(Problem):
    """The sign-in at a provider has no good `state`: begin again."""

    status = 401
    code = "invalid_state"


class InvalidChallenge(Problem):
    """The challenge is not valid or has expired."""

    status = 401
    code = "invalid_challenge"


class ProviderRefused(Problem):
    """The provider did not show who you are."""

    status = 401
    code = "provider_refused"


class ProviderUnavailable(Problem):
    """The provider does not answer now."""

    status = 503
    code = "provider_unavailable"


class ProviderEmailUnverified(Problem):
    """The provider does not vouch for an e-mail of yours."""

    status = 403
    code = "provider_email_unverified"


class AccountExists(Problem):
    """An account has this e-mail, but nobody has shown here that it is theirs."""

    status = 409
    code = "account_exists"


class AccountInactive(Problem):
    """The account is deactivated."""

    status = 403
    code = "account_inactive"


class IdentityTaken(Problem):
    """Somebody else signs in here as the one that you are at the provider."""

    status = 409
    code = "identity_taken"


class LastWayIn(Problem):
    """The account has no other way to sign in."""

    status = 409
    code = "last_way_in"
