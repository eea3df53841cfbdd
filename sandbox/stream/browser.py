"""A minimal browser for the POS's sign-in and consent pages (contract: AUTH)."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit, urlunsplit

from sandbox.errors import SandboxError
from sandbox.wire.transport import Answer, new_session, send_with

from .htmlforms import Field, Form, Page, parse_page

MAX_HOPS = 20
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass
class Outcome:
    """The result of an authorization: the query of the callback, and the steps taken."""

    code: str = ""
    state: str = ""
    error: str = ""
    steps: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Browser:
    """A single visit by one merchant, with its own cookies."""

    def __init__(self, redirect_uri: str, email: str, password: str) -> None:
        self._redirect_uri = redirect_uri
        self._email = email
        self._password = password
        self._session = new_session()
        self._origin = ("", "")
        self._signed_in = False
        self._consented = False
        self._form_policy = ""  # The CSP of the page whose form led to the current answer.
        self.outcome = Outcome()

    def authorize(self, url: str) -> Outcome:
        """Sign in, press allow, and stop where the POS redirects back to Stream.

        Raises SandboxError with the steps so far if it cannot continue.
        """
        self._origin = _origin(url)
        try:
            self._walk(url)
        except SandboxError as error:
            error.details.setdefault("steps", self.outcome.steps)
            raise
        finally:
            self._session.close()
        return self.outcome

    def _walk(self, url: str) -> None:
        answer = self._request("GET", url)
        for _ in range(MAX_HOPS):
            if answer.status in REDIRECTS:
                target = self._target(url, answer)
                if self._is_callback(target):
                    return self._arrive(target)
                url = target
                answer = self._request("GET", url)
            else:
                url, answer = self._use_page(url, answer)
        raise SandboxError(f"The POS redirected in a loop: {MAX_HOPS} steps.", status=502)

    def _target(self, url: str, answer: Answer) -> str:
        try:
            target = urljoin(url, answer.header("Location"))
            is_same_origin = _origin(target) == self._origin
        except ValueError:
            raise SandboxError("The POS redirected to an invalid URL.", status=502) from None
        if not is_same_origin and not self._is_callback(target):
            host = urlsplit(target).netloc
            raise SandboxError(f"The POS redirected to another server, {host!r}.", status=502)
        return target

    def _is_callback(self, target: str) -> bool:
        parts = urlsplit(target)
        return urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")) == self._redirect_uri

    def _arrive(self, target: str) -> None:
        query = parse_qs(urlsplit(target).query, keep_blank_values=True)
        self.outcome.code = query.get("code", [""])[0]
        self.outcome.state = query.get("state", [""])[0]
        self.outcome.error = query.get("error", [""])[0]
        self.outcome.steps.append(f"Returned to Stream at {self._redirect_uri}.")
        if self._form_policy and not _policy_allows(self._form_policy, target, self._origin):
            self.outcome.problems.append(
                "AUTH: the page's Content-Security-Policy has a form-action without the redirect "
                "URI's origin; Chrome blocks the redirect after the form is submitted."
            )

    def _use_page(self, url: str, answer: Answer) -> tuple[str, Answer]:
        page = parse_page(answer.text)
        if answer.status != 200:
            raise SandboxError(
                f"The POS showed a page with status {answer.status}: {page.title!r}.",
                status=403 if answer.status in (401, 403, 429) and self._signed_in else 502,
            )
        self._form_policy = answer.header("Content-Security-Policy")
        consent = next((form for form in page.forms if form.button("allow")), None)
        if consent is not None:
            return self._press_allow(url, consent)
        return self._sign_in(url, page)

    def _press_allow(self, url: str, form: Form) -> tuple[str, Answer]:
        if self._consented:
            raise SandboxError("The POS asked for consent a second time.", status=502)
        self._consented = True
        self.outcome.steps.append("Pressed allow on the consent form.")
        return self._submit(url, form, form.button("allow"))

    def _sign_in(self, url: str, page: Page) -> tuple[str, Answer]:
        form = next((form for form in page.forms if form.password_field), None)
        if form is None or form.login_field is None or form.password_field is None:
            raise SandboxError(
                f"The page {page.title!r} has neither a sign-in form nor an allow button.",
                status=502,
            )
        if self._signed_in:
            raise SandboxError("The POS rejected the e-mail or password.", status=403)
        self._signed_in = True
        form.login_field.value = self._email
        form.password_field.value = self._password
        self.outcome.steps.append("Filled in the sign-in form.")
        pressed = next((f for f in form.fields if f.type == "submit"), None)
        return self._submit(url, form, pressed)

    def _submit(self, url: str, form: Form, pressed: Field | None) -> tuple[str, Answer]:
        target = urljoin(url, form.action) if form.action else url
        if _origin(target) != self._origin:
            raise SandboxError("A form of the POS submits to another server.", status=502)
        data = urlencode(form.submission(pressed), errors="replace")
        if form.method != "post":
            target = urlunsplit(urlsplit(target)._replace(query=data, fragment=""))
            return target, self._request("GET", target, referer=url)
        return target, self._request("POST", target, referer=url, data=data)

    def _request(self, method: str, url: str, referer: str = "", data: str = "") -> Answer:
        headers = {"Accept": "text/html,application/xhtml+xml"}
        if referer:
            headers["Referer"] = referer
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = "://".join(self._origin)
        answer = send_with(self._session, method, url, headers, data.encode() or None)
        # Without the query, which may contain a code: the steps are displayed.
        self.outcome.steps.append(f"{method} {urlsplit(url).path} answered {answer.status}.")
        return answer


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _policy_allows(policy: str, target: str, own: tuple[str, str]) -> bool:
    """Check that form-action permits a redirect to `target`; approximates Chrome's rule."""
    directives = [part.split() for part in policy.lower().split(";")]
    sources = next((words[1:] for words in directives if words[:1] == ["form-action"]), None)
    if sources is None:
        return True
    scheme, host = _origin(target)
    name = host.rsplit(":", 1)[0]
    matches = {"*", f"{scheme}:", host, f"{scheme}://{host}", f"{name}:*", f"{scheme}://{name}:*"}
    allowed = {source.rstrip("/") for source in sources}
    exact = any(source.startswith(f"{scheme}://{host}/") for source in sources)
    return exact or bool(matches & allowed) or ("'self'" in sources and (scheme, host) == own)
