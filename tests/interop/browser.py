"""A browser without a screen: it keeps cookies, follows redirects and submits what submits itself."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import Cookie, DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin

import requests
from typing_extensions import override

_SELF_SUBMITTING = "lti-launch"


@dataclass
class Form:
    """A form of a page with what stands in it."""

    id: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What a server answered in the end."""

    status_code: int
    url: str
    text: str
    forms: list[Form]

    def get_json(self) -> Any:
        return json.loads(self.text)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("id", ""), given.get("action", "")))
        elif tag == "input" and self.found and "name" in given:
            self.found[-1].fields[given["name"]] = given.get("value", "")


class _Loopback(DefaultCookiePolicy):
    """Like Chromium it takes loopback addresses for secure, so that secure cookies go there."""

    @override
    def set_ok(self, cookie: Cookie, request: Any) -> bool:
        cookie.secure = False
        return super().set_ok(cookie, request)


class Browser:
    """One person's browser."""

    def __init__(self, language: str = "de") -> None:
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.headers["Accept-Language"] = language
        self._http.cookies.set_policy(_Loopback())
        self.launched: Form | None = None
        """The message that the platform had this browser send last."""

    def open(self, url: str) -> Answer:
        """Open an address, and send on what a platform signed, as its page's script does."""
        answer = self.send("GET", url)
        for form in answer.forms:
            if form.id == _SELF_SUBMITTING:
                self.launched = form
                return self.send("POST", form.action, form.fields)
        return answer

    def send(
        self, method: str, url: str, fields: dict[str, Any] | None = None
    ) -> Answer:
        """Send a request and follow where it leads."""
        answer = self._http.request(method, url, data=fields, timeout=30)
        parser = _Forms()
        parser.feed(answer.text)
        for form in parser.found:
            form.action = urljoin(answer.url, form.action)
        return Answer(answer.status_code, answer.url, answer.text, parser.found)
