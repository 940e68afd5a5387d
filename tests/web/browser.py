"""A real server and a real Chromium for the browser tests."""

import contextlib
import os
import threading
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tenants.models import User


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep the test's output to the tests."""


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Serve the product on a free port; gives its base URL."""
    served = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
    served.set_app(WSGIHandler())
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{served.server_port}"
    finally:
        served.shutdown()
        served.server_close()
        thread.join()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start the Chromium that CHROMIUM names."""
    # Playwright runs an event loop in this thread; Django's own check would refuse the database there.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"],
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"],
        )
        try:
            yield browser
        finally:
            browser.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
    if before is not None:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def session(context: BrowserContext, base: str, user: User) -> None:
    """Give the browser this person's session."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    context.add_cookies([{"name": "sessionid", "value": str(store.session_key), "url": base}])


def troubles(page: Page) -> list[str]:
    """Return a list that fills with what the page's console complains of: refused styles, scripts, errors."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
