"""Security headers: our own, for the usual defaults forbid embedding."""

from flask import Flask, Response, g, request

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors {ancestors}"
)


def register(app: Flask) -> None:
    """Put the headers on every answer."""
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    opened = g.get("launch_session")
    # Before the launch is known the doorway may be framed by any platform; it shows nothing.
    ancestors = opened.frame_origin if opened is not None else "'none'"
    if request.endpoint in {"entrance.login", "entrance.launch"}:
        ancestors = "*"
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _POLICY.format(ancestors=ancestors))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    # Flask-WTF compares the referrer over https; "no-referrer" would break every form.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if not request.path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store")
    return response
