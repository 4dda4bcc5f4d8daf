"""Recognising a browser: by its cookie, or by a bearer in the page where cookies are blocked.

A cookie in another site's frame survives only if it is partitioned, and in some browsers not even
then. A launch session without a cookie belongs to whoever holds its bearer: a short-lived signed
text that every page carries and every request from it sends, in a form field or a header, never
in an address.
"""

import hashlib
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, current_app, g, render_template, request
from flask import session as cookie
from flask_wtf import CSRFProtect
from itsdangerous import BadSignature, URLSafeTimedSerializer
from typing_extensions import override

from lti_tool.lti.addresses import origin
from lti_tool.lti.session import Proof, new_browser_secret
from lti_tool.web.tool import current_tool

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LIFETIME = 15 * 60
"""Seconds for which a bearer holds; an open page gets a new one in time."""
_LOGIN = "__Host-lti-login-"
_KEPT: Any = {"secure": True, "samesite": "None", "partitioned": True}
_NAVIGATION = "lti_tool.navigation"
_LONGEST_BODY = 8192
_FIRST_REDIRECT, _FIRST_ERROR = 300, 400


def expected() -> str:
    """Return the secret by which this browser will be known after its launch."""
    # Tabs that open their first pages at once share what the first of them was given.
    return kept() or new_browser_secret()


def known() -> str | None:
    """Return the secret of this browser's cookie, if it sent one."""
    return cookie.get("browser")


def remember(secret: str) -> None:
    """Let this browser's cookie carry a secret, and with it the code of all its forms."""
    cookie["browser"] = secret
    # Two tabs that open their first page at once must not make two codes.
    cookie["csrf_token"] = hashlib.sha256(secret.encode()).hexdigest()


def kept() -> str | None:
    """Return the secret by which this browser is known from now on, None where it keeps no cookie."""
    # Of several logins under way all tabs choose the same.
    sent = request.cookies.items()
    pending = (value for name, value in sent if name.startswith(_LOGIN))
    return known() or min(pending, default=None)


def of_login(state: str) -> str | None:
    """Return the secret of the cookie of one login."""
    return request.cookies.get(_login_cookie(state))


def begin_login(response: Response, state: str, secret: str, seconds: float) -> None:
    """Keep a secret for one login: a cookie that logins share could be another tab's by then."""
    response.set_cookie(
        _login_cookie(state), secret, max_age=int(seconds), httponly=True, **_KEPT
    )


def end_login(response: Response, state: str) -> None:
    """Clear the cookie of one login away: a frame has room for few."""
    if of_login(state) is not None:
        response.delete_cookie(_login_cookie(state), **_KEPT)


def short(state: str) -> str:
    """Return a name for a login that tells nobody its state."""
    return hashlib.sha256(state.encode()).hexdigest()[:8]


def _login_cookie(state: str) -> str:
    return _LOGIN + short(state)


def proof() -> Proof:
    """Return what this request proves: the browser's secret, the session of its bearer, or both."""
    return Proof(browser=known(), bearer=_read(_sent()).get("session"))


def issue(launch_session_id: str) -> str:
    """Return a new bearer for a launch session, with what is still to be said to its reader."""
    said = cookie.get("said", {}).get(launch_session_id, [])
    return _signer().dumps({"session": launch_session_id, "said": said})


def said_before() -> list[str]:
    """Return what the last answer had to say, where no cookie could keep it."""
    said: list[str] = _read(_sent()).get("said", []) if _is_navigation() else []
    return said


def register(app: Flask) -> None:
    """Let an app know browsers by a bearer too."""
    app.wsgi_app = Navigation(app.wsgi_app)  # type: ignore[method-assign]
    app.after_request(_lead_on)
    app.context_processor(lambda: {"bearer": _own_bearer})


class Navigation:
    """Turns a posted navigation into the GET for which it stands.

    A link cannot carry a bearer, so the page posts it, as plain text, which no form of ours does.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        if _is_posted_link(environ):
            size = int(environ.get("CONTENT_LENGTH") or 0)
            body = environ["wsgi.input"].read(min(size, _LONGEST_BODY))
            name, _, bearer = body.decode("latin-1").strip().partition("=")
            if name == "bearer":
                environ |= {
                    "REQUEST_METHOD": "GET",
                    "HTTP_AUTHORIZATION": f"Bearer {bearer}",
                    "CONTENT_LENGTH": "0",
                    "wsgi.input": io.BytesIO(),
                    _NAVIGATION: True,
                }
        return self._app(environ, start_response)


class Protection(CSRFProtect):  # type: ignore[misc]  # Flask-WTF ships no types.
    """Flask-WTF's protection, which a bearer makes superfluous: no other site can know it."""

    @override
    def protect(self, *args: Any, **kwargs: Any) -> None:
        launch = (request.view_args or {}).get("launch")
        if launch and _read(_sent()).get("session") == launch:
            g.csrf_valid = True
            return
        super().protect(*args, **kwargs)


def _is_posted_link(environ: "WSGIEnvironment") -> bool:
    kind: str = environ.get("CONTENT_TYPE", "")
    path: str = environ["PATH_INFO"]
    is_post = environ["REQUEST_METHOD"] == "POST"
    return is_post and kind.startswith("text/plain") and path.startswith("/l/")


def _is_navigation() -> bool:
    """Tell whether a browser opens a page by this request, and no script reads it."""
    return _NAVIGATION in request.environ or "bearer" in request.form


def _own_bearer() -> str | None:
    opened = g.get("launch_session")
    if opened is None or opened.browser_hash is not None:
        return None
    return issue(opened.id)


def _lead_on(response: Response) -> Response:
    """Put a page that posts the bearer in place of a redirect, which would lose it."""
    opened = g.get("launch_session")
    if opened is None or opened.browser_hash is not None or not _is_navigation():
        return response
    place = response.location or ""
    if not (_FIRST_REDIRECT <= response.status_code < _FIRST_ERROR):
        # A page that was posted for can be gone back to only if the browser may keep it.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response
    # A bearer goes to no other address.
    return (
        current_app.make_response(lead_on(place, opened.id))
        if place.startswith("/l/")
        else response
    )


def lead_on(url: str, launch_session_id: str) -> str:
    """Return a page that goes on to one of a session that has a bearer."""
    return render_template(
        "entrance/leading_on.html", url=url, bearer_sent=issue(launch_session_id)
    )


def _sent() -> str:
    # Another site could lead its visitors into its own visit by a form that posts its bearer.
    if _is_navigation() and not is_from_our_page():
        return ""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return bearer if scheme == "Bearer" else request.form.get("bearer", "")


def is_from_our_page() -> bool:
    """Tell whether a page of ours sent this POST; browsers name its origin in a header."""
    return request.headers.get("Origin") == origin(current_tool().settings.base_url)


def _read(bearer: str) -> dict[str, Any]:
    if not bearer:
        return {}
    try:
        read: dict[str, Any] = _signer().loads(bearer, max_age=LIFETIME)
    except BadSignature:
        return {}
    return read


def _signer() -> URLSafeTimedSerializer:
    config = current_app.config
    # The newest key signs, and it stands last.
    keys = [*config["SECRET_KEY_FALLBACKS"], config["SECRET_KEY"]]
    return URLSafeTimedSerializer(
        keys, salt="bearer", signer_kwargs={"digest_method": hashlib.sha256}
    )
