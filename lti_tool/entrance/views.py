"""The doorway: login, launch, keys, and what an administrator copies by hand."""

from flask import Blueprint, g, jsonify, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from lti_tool import keys
from lti_tool.entrance import service
from lti_tool.entrance.service import Arrival
from lti_tool.errors import LaunchRefusedError
from lti_tool.lti.login import start_login
from lti_tool.lti.session import new_browser_secret
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web.tool import current_tool

doorway = Blueprint("entrance", __name__)
_HOUR = 3600


@doorway.route("/lti/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Start a launch: send the browser to the platform with a state that works once."""
    tool = current_tool()
    cookie.setdefault("browser", new_browser_secret())
    parameters = {**request.args, **request.form}
    try:
        with tool.database.transaction(EVERYWHERE) as session:
            started = start_login(
                session,
                parameters,
                base_url=tool.settings.base_url,
                browser=cookie["browser"],
            )
    except LaunchRefusedError as error:
        service.note_refusal(tool, "login", error.reason, g.trace_id, parameters)
        raise
    return redirect(started.redirect_url, 302)


@doorway.post("/lti/launch")
def launch() -> ResponseReturnValue:
    """Check what the platform signed and lead to the activity."""
    tool = current_tool()
    try:
        admission = service.admit(
            tool, request.form, Arrival(cookie.get("browser"), g.trace_id)
        )
    except LaunchRefusedError as error:
        service.note_refusal(tool, "launch", error.reason, g.trace_id, request.form)
        raise
    # Two tabs that open their first page at once must not make two codes.
    generate_csrf()
    page = url_for(
        admission.endpoint, launch=admission.launch_session_id, **admission.arguments
    )
    return redirect(page, 303)


@doorway.get("/lti/jwks")
def jwks() -> ResponseReturnValue:
    """Publish the keys that verify what we sign."""
    with current_tool().database.reading(EVERYWHERE) as session:
        response = jsonify(keys.published(session))
    response.headers["Cache-Control"] = f"public, max-age={_HOUR}"
    return response


@doorway.get("/lti/config.json")
def config() -> ResponseReturnValue:
    """Say what an administrator enters when connecting the tool by hand."""
    base = current_tool().settings.base_url
    response = jsonify(
        title="lti-tool",
        oidc_initiation_url=f"{base}/lti/login",
        target_link_uri=f"{base}/lti/launch",
        redirect_uris=[f"{base}/lti/launch"],
        public_jwk_url=f"{base}/lti/jwks",
        scopes=[
            "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
            "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
            "https://purl.imsglobal.org/spec/lti-ags/scope/score",
            "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
        ],
        custom_parameters={"activity": "home"},
    )
    response.headers["Cache-Control"] = f"public, max-age={_HOUR}"
    return response
