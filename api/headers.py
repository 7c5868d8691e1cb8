"""The headers that every answer carries."""

import base64
import hashlib
import re
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from db.portal import behind_tls

_INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_YEAR: Final = "max-age=31536000; includeSubDomains"
#: Streamlit's own cookie, which scripts can read: it guards uploads, and there are none.
_STREAMLITS_COOKIE: Final = b"_streamlit_xsrf="


class SecurityHeaders:
    """Adds the security headers to each HTTP answer, whoever made it."""

    def __init__(self, app: ASGIApp, policy: Callable[[], str] | None = None) -> None:
        self._app = app
        self._policy = policy or content_security_policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, with the headers on the answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = _without_streamlits_cookie(message)
                _add(MutableHeaders(scope=message), self._policy())
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


@cache
def content_security_policy() -> str:
    """What a page of the portal may load: itself.

    Streamlit's page holds one inline script, which is named by its hash. `blob:` scripts are
    the components that our own code registers; only a script that runs already can make one.
    Styles are inline because Streamlit sets them so.
    """
    page = (_streamlit() / "static" / "index.html").read_text("utf-8")
    scripts = " ".join(_source(script) for script in _INLINE_SCRIPT.findall(page))
    rules = {
        "default-src": "'self'",
        "script-src": f"'self' blob: {scripts}".strip(),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "frame-src": "'none'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _streamlit() -> Path:
    """The folder of Streamlit, which a process without pages does not import."""
    found = find_spec("streamlit")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("streamlit is not installed")
    return Path(found.origin).parent


def _source(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def security_headers() -> dict[str, str]:
    """The headers of an answer that is given outside of the applications."""
    headers = MutableHeaders()
    _add(headers, content_security_policy())
    return dict(headers)


def nothing_is_loaded() -> str:
    """The policy of a process that serves no pages."""
    return "default-src 'none'; frame-ancestors 'none'"


def _without_streamlits_cookie(answer: Message) -> Message:
    kept = [
        (name, value)
        for name, value in answer.get("headers", ())
        if not (name.lower() == b"set-cookie" and value.startswith(_STREAMLITS_COOKIE))
    ]
    return {**answer, "headers": kept}


def _add(headers: MutableHeaders, policy: str) -> None:
    for name, value in _ALWAYS.items():
        headers[name] = value
    headers["Content-Security-Policy"] = policy
    if headers.get("content-type", "").startswith("text/html"):
        # A browser shows nothing of a page again by its button "back" once somebody signed out.
        headers["Cache-Control"] = "no-store"
    if behind_tls():
        headers["Strict-Transport-Security"] = _YEAR
