"""The tool and the practice LMS over https on two domains, trusted by an authority of this test run alone."""

import base64
import hashlib
import json
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate
from flask import Flask
from playwright.sync_api import BrowserContext, Playwright
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from lti_tool.app import create_app
from lti_tool.lti.registrations import put_registration
from lti_tool.operation import schema
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.practice_lms.app import create_lms
from lti_tool.practice_lms.lms import PracticeLMS
from lti_tool.settings import Settings

TOOL, LMS = "tool.test", "lms.test"
"""Names that only the browser knows; what the tool asks the LMS for goes to localhost."""
_BLOCK = 2

StartResponse = Callable[..., Any]


class Authority:
    """A certificate authority of this test run, and one certificate for all names of a server."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self._folder = folder
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(self.file)

    def fingerprint(self) -> str:
        """Return what makes a browser trust every chain that ends in this authority's key."""
        certificate = load_pem_x509_certificate(self._authority.cert_pem.bytes())
        key = certificate.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(hashlib.sha256(key).digest()).decode()

    def context(self, *names: str) -> ssl.SSLContext:
        """Return what a server of these names needs; it sends the authority along."""
        issued = self._authority.issue_cert(*names)
        chain = self._folder / f"{names[0]}.pem"
        issued.private_key_and_cert_chain_pem.write_to_path(chain)
        self._authority.cert_pem.write_to_path(chain, append=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context


class Pipe:
    """What stands before the tool; cut, it lets no cookie through in either direction."""

    def __init__(self) -> None:
        self.app: Flask | None = None
        self.is_cut = False

    def __call__(
        self, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        assert self.app is not None
        if not self.is_cut:
            return self.app(environ, start_response)
        environ.pop("HTTP_COOKIE", None)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [pair for pair in headers if pair[0].lower() != "set-cookie"]
            return start_response(status, kept, *rest)

        return self.app(environ, start)


class Sites:
    """The two sites while they run."""

    def __init__(
        self, tool: str, app: Flask, lms: str, platform: PracticeLMS, pipe: Pipe
    ) -> None:
        self.tool, self.app, self.lms, self.platform = tool, app, lms, platform
        self.pipe = pipe

    @property
    def database(self) -> Database:
        found: Database = self.app.extensions["lti_tool"].database
        return found

    def activity(self, sub: str, activity: str, course: str) -> str:
        return f"{self.lms}/course/{course}/activity/{activity}?as={sub}&lang=en"


@contextmanager
def two_sites(folder: Path, authority: Authority) -> Iterator[Sites]:
    """Serve both on free ports, each with its own certificate, with an empty database."""
    pipe = Pipe()
    tool_server = _server(authority.context(TOOL))
    lms_server = _server(authority.context(LMS, "localhost"))
    tool_url = f"https://{TOOL}:{tool_server.port}"
    lms_url = f"https://{LMS}:{lms_server.port}"
    app = _tool(folder, tool_url, authority)
    platform = create_lms(
        url=lms_url, tool_url=tool_url, data=":memory:", extra_hosts=[LMS]
    )
    _register(app, platform, f"https://localhost:{lms_server.port}")
    pipe.app = app
    tool_server.app, lms_server.app = pipe, platform
    with _running(tool_server), _running(lms_server):
        yield Sites(tool_url, app, lms_url, platform, pipe)
    app.extensions["lti_tool"].database.close()
    platform.close()


def _tool(folder: Path, url: str, authority: Authority) -> Flask:
    settings = Settings.from_environ(
        {
            "LTI_TOOL_BASE_URL": url,
            "LTI_TOOL_INSTANCE": str(folder),
            "LTI_TOOL_DATABASE_URL": f"sqlite:///{folder / 'tool.sqlite'}",
            "LTI_TOOL_SECRET_KEY": "secret-key-for-tests-only",
            "LTI_TOOL_DATA_KEY": "data-key-for-tests-only",
            "LTI_TOOL_KEYS": str(folder / "keys"),
            "LTI_TOOL_PRIVATE_PLATFORMS": "127.0.0.0/8,::1/128",
            "LTI_TOOL_CA_FILE": str(authority.file),
        }
    )
    app = create_app(settings)
    schema.upgrade(app.extensions["lti_tool"].database)
    return app


def _register(app: Flask, platform: PracticeLMS, services: str) -> None:
    known = platform.registration()
    database: Database = app.extensions["lti_tool"].database
    with database.transaction(EVERYWHERE) as session:
        put_registration(
            session,
            name=known["name"],
            issuer=known["issuer"],
            client_id=known["client_id"],
            auth_url=known["auth_url"],
            token_url=f"{services}/token",
            jwks_url=f"{services}/jwks",
        )


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_args: object) -> None:  # type: ignore[override]
        pass


def _server(context: ssl.SSLContext) -> BaseWSGIServer:
    server = make_server(
        "127.0.0.1",
        0,
        lambda *_: [],
        threaded=True,
        request_handler=_Quiet,
        ssl_context=context,
    )
    # A browser opens connections in advance; none may keep the others waiting.
    assert isinstance(server.socket, ssl.SSLSocket)
    server.socket.do_handshake_on_connect = False
    return server


@contextmanager
def _running(server: BaseWSGIServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def own_browser(
    playwright: Playwright,
    executable: str,
    profile: Path,
    authority: Authority,
    blocked: Iterable[str],
) -> Iterator[BrowserContext]:
    """Open a Chromium on a new profile, as people have it, that blocks cookies of these sites.

    A site is named together with the page around it, as in Chromium's own settings. None of the
    switches is given that usually come with remote control: they would join what a person's
    Chromium keeps apart.
    """
    (profile / "Default").mkdir()
    chosen = {pattern: {"setting": _BLOCK} for pattern in blocked}
    (profile / "Default" / "Preferences").write_text(
        json.dumps(
            {"profile": {"content_settings": {"exceptions": {"cookies": chosen}}}}
        )
    )
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=executable,
        ignore_default_args=True,
        no_viewport=True,
        args=[
            "--headless",
            "--no-sandbox",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            # Tabs in the background go on, as playwright expects.
            "--disable-background-timer-throttling",
            "--disable-backgrounding-occluded-windows",
            "--disable-renderer-backgrounding",
            "--remote-debugging-pipe",
            "--window-size=1280,900",
            f"--user-data-dir={profile}",
            f"--ignore-certificate-errors-spki-list={authority.fingerprint()}",
            f"--host-resolver-rules=MAP {TOOL} 127.0.0.1, MAP {LMS} 127.0.0.1",
            "about:blank",
        ],
    )
    context.set_default_timeout(20_000)
    try:
        yield context
    finally:
        context.close()
