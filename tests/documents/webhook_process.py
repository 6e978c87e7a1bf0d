"""A worker's process for webhooks, to be killed: `python -m tests.documents.webhook_process`."""

from __future__ import annotations


def main() -> None:
    """Do what beat calls for, once and again."""
    import django

    django.setup()
    from documents import deliveries

    while True:
        deliveries.dispatch()
        deliveries.send_due()


if __name__ == "__main__":
    main()
