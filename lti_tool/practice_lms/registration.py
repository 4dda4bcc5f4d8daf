"""Dynamic registration as Moodle does it: what the LMS says of itself, who may register, and its errors."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, abort, jsonify, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.practice_lms.access_tokens import OFFERED
from lti_tool.practice_lms.lms import current_lms
from lti_tool.practice_lms.services import answer, with_faults
from lti_tool.practice_lms.tool_registry import RegisteredTool

registration = Blueprint("registration", __name__)

_PURL = "https://purl.imsglobal.org/spec"
_TOOL = f"{_PURL}/lti-tool-configuration"
_REQUIRED = (
    "response_types",
    "initiate_login_uri",
    "redirect_uris",
    "client_name",
    "jwks_uri",
    "token_endpoint_auth_method",
)
_VARIABLES = (
    "Context.id",
    "Context.id.history",
    "CourseSection.timeFrame.begin",
    "Moodle.Person.userGroupIds",
    "Person.name.full",
    "ResourceLink.id",
    "User.id",
)
_LONGEST = 64 * 1024


class RefusedRegistrationError(Exception):
    """The registration is refused; the message is Moodle's error text."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.status = status


@registration.get("/openid-configuration")
def configuration() -> Response:
    """Say what a tool must know to register."""
    return with_faults("openid_configuration", lambda: jsonify(_configuration()))


def _configuration() -> dict[str, Any]:
    addresses = current_lms().addresses
    return {
        "issuer": addresses.issuer,
        "token_endpoint": addresses.token_url,
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": addresses.jwks_url,
        "authorization_endpoint": addresses.auth_url,
        "registration_endpoint": f"{addresses.url}/register",
        "scopes_supported": [*sorted(OFFERED), "openid"],
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": [
            "sub",
            "iss",
            "name",
            "given_name",
            "family_name",
            "email",
        ],
        f"{_PURL}/lti-platform-configuration": {
            "product_family_code": "moodle",
            "version": "4.5.6 (practice)",
            "messages_supported": [
                {"type": "LtiResourceLinkRequest"},
                {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
            ],
            "variables": list(_VARIABLES),
        },
    }


@registration.post("/register")
def register() -> Response:
    """Register a tool that comes with a secret of ours, and say under which client id."""
    return with_faults("registration", _answer_registration)


def _answer_registration() -> Response:
    try:
        return _register()
    except RefusedRegistrationError as refusal:
        return answer(str(refusal), "text/html", refusal.status)


def _register() -> Response:
    lms = current_lms()
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    permission = lms.tools.find_permission(token, lms.clock())
    if permission is None:
        # Moodle shows its own error page to who has no secret of its making.
        abort(404, "Invalid request")
    if permission.is_used:
        raise RefusedRegistrationError("token_already_used", 401)
    said = _said()
    _check(said)
    tool = lms.tools.put(token, permission.client_id, said)
    return jsonify(_answer(tool))


def _said() -> Mapping[str, Any]:
    said = request.get_json(force=True, silent=True)
    if (request.content_length or 0) > _LONGEST or not isinstance(said, dict):
        raise RefusedRegistrationError("invalid_request")
    return said


def _check(said: Mapping[str, Any]) -> None:
    missing = [name for name in (*_REQUIRED, _TOOL) if not said.get(name)]
    if missing:
        raise RefusedRegistrationError(f"missing required attribute {missing[0]}")
    tool = said[_TOOL] if isinstance(said[_TOOL], dict) else {}
    domain = str(tool.get("domain") or "")
    target = str(tool.get("target_link_uri") or f"https://{domain}")
    method = said["token_endpoint_auth_method"]
    problems = {
        "missing_domain": not domain,
        "domain_targetlinkuri_mismatch": urlsplit(target).netloc != domain,
        "invalid_response_types": "id_token" not in said["response_types"],
        "invalid_redirect_uris": not isinstance(said["redirect_uris"], list),
        "invalid_token_endpoint_auth_method": method != "private_key_jwt",
        "invalid_application_type": said.get("application_type", "web") != "web",
    }
    found = [error for error, is_there in problems.items() if is_there]
    if found:
        raise RefusedRegistrationError(found[0])


def _answer(tool: RegisteredTool) -> dict[str, Any]:
    wanted = str(tool.said.get("scope", "")).split()
    return {
        "client_id": tool.client_id,
        **{name: tool.said[name] for name in _REQUIRED},
        "scope": " ".join(scope for scope in wanted if scope in OFFERED),
        _TOOL: {
            **tool.said[_TOOL],
            "version": "1.3.0",
            "deployment_id": tool.deployment_id,
        },
    }


@registration.get("/tools")
def tools() -> str:
    """Show the registered tools, and where another can be registered."""
    lms = current_lms()
    return render_template(
        "tools.html", tools=lms.tools.all(), addresses=lms.addresses, tool_key=_TOOL
    )


@registration.get("/tools/register")
def opening() -> AnyResponse | str:
    """Open a tool's registration page in a frame, with a secret; ask first what is to be changed."""
    lms = current_lms()
    url = request.args.get("url", "").strip()
    if not url.startswith(f"{lms.addresses.tool_url}/"):
        abort(400, f"Only the tool at {lms.addresses.tool_url} can be registered here")
    known = [tool.client_id for tool in lms.tools.all()]
    wanted = request.args.get("tool", "" if known else "new")
    if wanted not in {"new", *known}:
        return render_template("update_or_new.html", tools=lms.tools.all(), url=url)
    token = lms.tools.issue_token(None if wanted == "new" else wanted, lms.clock())
    parameters = {
        "openid_configuration": f"{lms.addresses.url}/openid-configuration",
        "registration_token": token,
    }
    joint = "&" if "?" in url else "?"
    return render_template(
        "registering.html",
        source=f"{url}{joint}{urlencode(parameters)}",
        tool_url=lms.addresses.tool_url,
    )
