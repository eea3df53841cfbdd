"""Route requests to the page, the OAuth callback, the API and the webhook receiver."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.core import Sandbox
from sandbox.errors import SandboxError
from sandbox.stream.authorization import Authorization
from sandbox.stream.webhooks import MAX_WEBHOOK_BYTES, SIGNATURE_HEADER
from sandbox.wire.inputs import Inputs

from .api import Api
from .channel.page import render_channel
from .channel.routes import ORDER_PATH, ChannelRoutes
from .document import CONTENT_SECURITY_POLICY
from .forms import PageForms
from .page import render
from .web import JSON_TYPE, Reply, Request, check_origin, json_reply, redirect

MAX_BODY_BYTES = 8 * 1024 * 1024  # Larger than a POS accepts, so that its limit can be tested.
WEBHOOK_PATH = re.compile(r"/pos/([A-Za-z0-9_-]{1,64})/webhook")
STATE_COOKIE = "stream_sandbox_state"
CHANNEL_PAGE = "/channel"
HTML_TYPE = "text/html; charset=utf-8"


def body_limit(path: str) -> int:
    is_webhook = WEBHOOK_PATH.fullmatch(path) or ORDER_PATH.fullmatch(path)
    return MAX_WEBHOOK_BYTES if is_webhook else MAX_BODY_BYTES


class Router:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._api = Api(sandbox)
        self._forms = PageForms(sandbox, self._api)
        self._channel = ChannelRoutes(sandbox)
        config = sandbox.config
        self._pages: Mapping[str, Callable[[Request], Reply]] = {
            "/": self._page,
            CHANNEL_PAGE: self._page,
            "/healthz": lambda _: json_reply({"status": "ok"}),
            "/connect": lambda _: _begin(sandbox.authorization),
            "/connect/channel": lambda _: self._begin_channel(),
            config.redirect_path: self._callback,
            config.channel_redirect_path: self._channel_callback,
            "/api/version": lambda _: json_reply({"version": sandbox.version}),
            "/api/catalog": self._last_catalog,
        }

    def handle(self, request: Request) -> Reply:
        """Answer the request; raise SandboxError if that is impossible."""
        if request.method == "GET":
            return self._get(request)
        if request.method == "POST":
            return self._post(request)
        raise SandboxError(f"{request.method} is not allowed.", status=405)

    def _get(self, request: Request) -> Reply:
        path = request.path
        if path in self._pages:
            return self._pages[path](request)
        if reply := self._channel.get(request):
            return reply
        name = path.removeprefix("/api/")
        if path.startswith("/api/") and name in self._api.gets:
            return json_reply(self._api.gets[name](Inputs(request.query)))
        raise self._not_found(path)

    def _post(self, request: Request) -> Reply:
        path = request.path
        if hook := WEBHOOK_PATH.fullmatch(path):
            return self._webhook(hook[1], request)
        if reply := self._channel.post(request):
            return reply
        check_origin(request.headers)
        if path.startswith("/steps/"):
            step = path.removeprefix("/steps/")
            self._forms.submit(step, request.form())
            return redirect(CHANNEL_PAGE if step.startswith("channel/") else "/")
        name = path.removeprefix("/api/")
        if path.startswith("/api/") and name in self._api.posts:
            return json_reply(self._api.posts[name](Inputs(request.json_object())))
        raise self._not_found(path)

    def _not_found(self, path: str) -> SandboxError:
        name = path.removeprefix("/api/")
        known = path.startswith("/api/") and (name in self._api.posts or name in self._api.gets)
        if known:
            return SandboxError("This URL requires another method.", status=405)
        return SandboxError("There is nothing at this URL.", status=404)

    def _page(self, request: Request) -> Reply:
        """Render the page; with `live`, for the page's script, keep the notice for later."""
        notice = ("", "") if "live" in request.query else self._sandbox.state.take_notice()
        return self._rendered(request.path, notice)

    def _rendered(self, path: str, notice: tuple[str, str], status: int = 200) -> Reply:
        draw = render_channel if path == CHANNEL_PAGE else render
        page = draw(self._sandbox.overview(), self._forms.token, notice)
        return Reply(status, page, HTML_TYPE, {"Content-Security-Policy": CONTENT_SECURITY_POLICY})

    def _begin_channel(self) -> Reply:
        self._sandbox.channel.need()
        return _begin(self._sandbox.channel.authorization)

    def _callback(self, request: Request) -> Reply:
        sandbox = self._sandbox
        return self._finish(request, sandbox.authorization, sandbox.pulls.locations, "/")

    def _channel_callback(self, request: Request) -> Reply:
        channel = self._sandbox.channel
        return self._finish(request, channel.authorization, channel.stores, CHANNEL_PAGE)

    def _finish(
        self,
        request: Request,
        authorization: Authorization,
        pull: Callable[[str], dict[str, Any]],
        path: str,
    ) -> Reply:
        state = request.query.get("state", "")
        remembered = _cookie(request.headers.get("Cookie", ""))
        try:
            if not hmac.compare_digest(state.encode("utf-8", "replace"), remembered.encode()):
                raise SandboxError("This sign-in was not started in this browser: start again.")
            query: Mapping[str, str] = request.query
            summary = authorization.finish(state, query.get("code", ""), query.get("error", ""))
            pull(summary["merchant_id"])
        except SandboxError as error:
            return self._rendered(path, ("bad", str(error)), error.status)
        problems = len(summary["problems"])
        account = summary["email"] or summary["merchant_id"]
        self._sandbox.state.notify(
            f"{account} is connected; {problems} problems found.",
            good=not problems,
        )
        return redirect(path, **{"Set-Cookie": f"{STATE_COOKIE}=; Path=/; Max-Age=0"})

    def _last_catalog(self, request: Request) -> Reply:
        inputs = Inputs(request.query)
        catalog = self._sandbox.pulls.last_catalog(
            inputs.optional("merchant_id"), inputs.identifier("location_id")
        )
        return Reply(200, catalog.raw, JSON_TYPE)

    def _webhook(self, slug: str, request: Request) -> Reply:
        headers = request.headers
        status = self._sandbox.receiver.receive(
            slug, dict(headers.items()), headers.get_all(SIGNATURE_HEADER) or [], request.body
        )
        if status in (204, 304):
            return Reply(status)
        return json_reply({} if status == 200 else {"error": f"Answered {status}."}, status)


def _begin(authorization: Authorization) -> Reply:
    state, url = authorization.begin()
    # Ties the callback to this browser, so that nobody else can complete a sign-in in it.
    cookie = f"{STATE_COOKIE}={state}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"
    return redirect(url, **{"Set-Cookie": cookie})


def _cookie(header: str) -> str:
    """Return the state cookie; other servers on 127.0.0.1 may have set unreadable cookies."""
    pairs = (part.partition("=") for part in header.split(";"))
    return next((value.strip() for name, _, value in pairs if name.strip() == STATE_COOKIE), "")
