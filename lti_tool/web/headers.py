"""Security headers: our own, for the usual defaults forbid embedding."""

from flask import Flask, Response, g, request

_FIRST_ERROR = 400
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'{sends_to}; frame-ancestors {ancestors}"
)


def register(app: Flask) -> None:
    """Put the headers on every answer."""
    app.after_request(_add_headers)


def policy(*, ancestors: str = "'none'", sends_to: str = "") -> str:
    """Return the content security policy of a page.

    ``ancestors`` may frame it; its forms may also lead to the origin ``sends_to``. A view that
    sets the header itself keeps what it set.
    """
    return _POLICY.format(
        ancestors=ancestors, sends_to=f" {sends_to}" if sends_to else ""
    )


def _ancestors(response: Response) -> str:
    opened = g.get("launch_session")
    if opened is not None:
        return str(opened.frame_origin)
    # Who may frame a page is not known before its launch is: in an LMS's frame a page that says
    # why it cannot be shown must be seen, and neither it nor the doorway tells anything else.
    at_the_door = request.endpoint in {"entrance.login", "entrance.launch"}
    return "*" if at_the_door or response.status_code >= _FIRST_ERROR else "'none'"


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault(
        "Content-Security-Policy", policy(ancestors=_ancestors(response))
    )
    headers.setdefault("X-Content-Type-Options", "nosniff")
    # Flask-WTF compares the referrer over https; "no-referrer" would break every form.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if not request.path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store")
    return response
