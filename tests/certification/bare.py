"""The tool that PyLTI1p3's README shows, and nothing more: what the library checks by itself."""

from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue
from pylti1p3.contrib.flask import FlaskMessageLaunch, FlaskOIDCLogin, FlaskRequest
from pylti1p3.exception import LtiException, OIDCException
from pylti1p3.tool_config import ToolConfDict
from typing_extensions import override

from lti_tool.keys import public_jwk
from tests.certification.forging import ForgingPlatform, key

BASE_URL = "http://127.0.0.1:29999"


def bare_tool() -> Flask:
    """Return a tool that keeps what it needs in Flask's session, as the library does by default."""
    app = Flask("bare")
    app.secret_key = "for-tests-only"
    app.extensions["registrations"] = registrations = {}

    @app.route("/lti/login", methods=["GET", "POST"])
    def login() -> ResponseReturnValue:
        request = FlaskRequest()
        flow = FlaskOIDCLogin(request, ToolConfDict(registrations))
        answer: ResponseReturnValue = flow.redirect(
            request.get_param("target_link_uri")
        )
        return answer

    @app.post("/lti/launch")
    def launch() -> ResponseReturnValue:
        message = FlaskMessageLaunch(FlaskRequest(), ToolConfDict(registrations))
        return f"Welcome to {len(message.get_launch_data())} claims."

    @app.errorhandler(LtiException)
    @app.errorhandler(OIDCException)
    def refused(_error: Exception) -> ResponseReturnValue:
        return "refused", 400

    return app


class BarePlatform(ForgingPlatform):
    """The forging platform as a bare tool knows it."""

    @override
    def register(
        self, app: Flask, client_id: str, issuer: str = "", **_more: Any
    ) -> None:
        self.app, self.client_id = app, client_id
        self.issuer = issuer or f"https://lms-{ForgingPlatform._made}.example"
        self.key = key("platform")
        self.kid, self.jwk = public_jwk(self.key)
        known = app.extensions["registrations"].setdefault(self.issuer, [])
        self.entry = {
            "default": not known,
            "client_id": client_id,
            "auth_login_url": f"{self.issuer}/auth",
            "auth_token_url": f"{self.issuer}/token",
            "key_set_url": f"{self.server.url}{self.path}",
            "deployment_ids": ["1"],
        }
        known.append(self.entry)

    @property
    @override
    def base_url(self) -> str:
        return BASE_URL

    @override
    def list_deployments(self, *ids: str, enabled: bool = True) -> None:
        self.entry["deployment_ids"] = list(ids)
