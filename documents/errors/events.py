"""What can be wrong with those who follow the log."""

from config.api.problems import Problem


class WebhookAddressRefused(Problem):
    """Nothing may be sent to this address."""

    status = 422
    code = "webhook_address_refused"

    def __init__(self, detail: str) -> None:
        error = {"pointer": "/url", "code": self.code, "detail": detail}
        super().__init__(detail, errors=[error])


class TooManyWebhooks(Problem):
    """The project has as many webhooks as it may have."""

    status = 409
    code = "too_many_webhooks"


class WebhookDisabled(Problem):
    """Nothing is sent to the webhook until it is enabled."""

    status = 409
    code = "webhook_disabled"


class PositionGone(Problem):
    """The cursor is of a log that was restored from a backup since."""

    status = 410
    code = "position_gone"


class TicketInvalid(Problem):
    """The ticket is none, has expired, or lets in nobody any more."""

    status = 403
    code = "ticket_invalid"
