"""Webhooks: write down what is to be sent, send it, note how that went.

- The event log is the queue of record (users.feed). A webhook's row holds its place there; what is
  new becomes deliveries, and the place moves behind it, in one transaction under the lock of that
  row. So whatever happens to a worker, each event has its delivery once.
- A delivery is sent outside of a transaction, under a lease. A sender that dies leaves it to
  another one when the lease has run out: sent at least once, and normally once; the `webhook-id`
  stays the same.
- Beat calls for all of it every two seconds. No request does: it would cost each of them a look
  at the webhooks, and messages to a broker that may be away.
"""

from documents.deliveries.addresses import check_address
from documents.deliveries.dispatching import dispatch
from documents.deliveries.endings import disable
from documents.deliveries.forgetting import forget_answers, forget_old
from documents.deliveries.sending import send_due
from documents.deliveries.signing import new_secret

__all__ = [
    "check_address",
    "disable",
    "dispatch",
    "forget_answers",
    "forget_old",
    "new_secret",
    "send_due",
]
