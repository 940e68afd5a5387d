"""For WSGI servers: webhooks go to the intake before Django, everything else to Django.

bin/up serves pipeline/rsgi.py instead: in WSGI a header's twin with `_` can't be told from the header, and a slow
sender holds a thread.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pipeline.settings")

from django.core.wsgi import get_wsgi_application

django = get_wsgi_application()

from calls.webhook import doors, flusher  # noqa: E402  (Django's settings are there now)
from pipeline.stages import s1_webhook  # noqa: E402

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

REASONS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer one request."""
    if not s1_webhook.serves(environ["PATH_INFO"]):
        return django(environ, start_response)
    answer = receive(environ)
    start_response(REASONS[answer.status], answer.headers)
    return [answer.body]


def receive(environ: "WSGIEnvironment") -> s1_webhook.Answer:
    """Take one webhook, in the thread of its request."""
    request = s1_webhook.Request(
        environ["REQUEST_METHOD"], environ["PATH_INFO"], _header_of(environ), environ.get("REMOTE_ADDR", "")
    )
    try:
        length = s1_webhook.screen(request)
        body = environ["wsgi.input"].read(length)
        deadline = time.monotonic() + s1_webhook.ANSWER_SECONDS
        try:
            row = s1_webhook.judge(request, body, length)
        except s1_webhook.OldCopy:
            doors.guide.renew().wait(doors.LOAD_SECONDS)
            row = s1_webhook.judge(request, body, length, last=True)
        settled = threading.Event()
        ticket = flusher.Ticket(row, deadline, settled.set)
        if flusher.intake.submit(ticket):
            settled.wait(deadline - time.monotonic())
        return s1_webhook.stored(request, ticket.written)
    except Exception as error:  # noqa: BLE001  (the last resort: a webhook never ends in a 500)
        return s1_webhook.failed(request, error)


def _header_of(environ: "WSGIEnvironment") -> Callable[[str], str]:
    def header(name: str) -> str:
        key = name.upper().replace("-", "_")
        return str(environ.get(key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}", ""))

    return header
