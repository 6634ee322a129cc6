"""What keeps the page safe: who may ask, what a browser may load, how much may be sent."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders, UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["MOST_BYTES", "Guard", "TooLargeError", "hosts_of", "upload_of"]

MOST_BYTES = 1_000_000
"""Of an upload: a scenario of a thousand steps is a tenth of it."""
HEADERS = {
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class TooLargeError(Exception):
    """More was sent than may be."""


def hosts_of(more: tuple[str, ...] = ()) -> frozenset[str]:
    """Return the names under which the page answers: this machine's, and given ones."""
    return frozenset((*LOOPBACK, *more))


class Guard:
    """Answers only to its own names, and lets a browser load nothing from elsewhere.

    A page elsewhere that makes a browser ask under another name (DNS rebinding), or send a form
    here (another `Origin`), is refused.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or hand it on and add the headers to its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if refused := self._why_not(scope["method"], Headers(scope=scope)):
            await PlainTextResponse(refused, status_code=403)(scope, receive, with_headers)
            return
        await self.app(scope, receive, with_headers)

    def _why_not(self, method: str, headers: Headers) -> str:
        host = headers.get("host", "")
        name = host if host.startswith("[") and host.endswith("]") else host.rsplit(":", 1)[0]
        if (host if host in self.hosts else name) not in self.hosts:
            return "another host"
        origin = headers.get("origin")
        if method not in ("GET", "HEAD") and (origin is None or urlsplit(origin).netloc != host):
            return "another origin"
        return ""


async def upload_of(request: Request, field: str) -> tuple[bytes, str]:
    """Read the file of a form and its name; stop reading when it gets larger than `MOST_BYTES`.

    Raises
    ------
    TooLargeError
        While the rest is still being sent.
    """
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await request.receive()
        read += len(message.get("body", b""))
        if read > MOST_BYTES:
            raise TooLargeError
        return message

    async with Request(request.scope, limited).form(max_files=1, max_fields=4) as form:
        part = form.get(field)
        if not isinstance(part, UploadFile):
            return b"", ""
        return await part.read(), part.filename or ""
