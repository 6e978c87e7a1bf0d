"""What can be wrong with a sign-in or an account."""

from config.api.problems import Problem


class InvalidCredentials(Problem):
    """E-mail and password do not belong to an active account."""

    status = 401
    code = "invalid_credentials"


class InvalidRefreshToken(Problem):
    """The refresh token is not valid, has ended, or was used before."""

    status = 401
    code = "invalid_refresh_token"


class EmailTaken(Problem):
    """An account with this e-mail exists."""

    status = 409
    code = "email_taken"


class RegistrationClosed(Problem):
    """Accounts are made by staff here."""

    status = 403
    code = "registration_closed"


class OwnAccount(Problem):
    """Nobody opens or shuts their own account."""

    status = 409
    code = "own_account"
