"""The token endpoint: access tokens for a tool that can sign."""

from flask import Blueprint, Response, request

from lti_tool.practice_lms import claims
from lti_tool.practice_lms.assertions import (
    RefusedAssertionError,
    ToolKeysUnreachableError,
)
from lti_tool.practice_lms.lms import current_lms
from lti_tool.practice_lms.services import answer, with_faults
from lti_tool.practice_lms.tickets import TOKEN_SECONDS

access_tokens = Blueprint("access_tokens", __name__)

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
OFFERED = frozenset(
    {
        claims.LINE_ITEM,
        claims.LINE_ITEM_READ,
        claims.RESULT_READ,
        claims.SCORE,
        claims.MEMBERS_READ,
        "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome",
        "https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting",
    }
)


@access_tokens.route("/token", methods=["GET", "POST"])
def token() -> Response:
    """Give out an access token for the scopes that are asked for and offered."""
    return with_faults("token", _answer_request)


def _answer_request() -> Response:
    try:
        return _grant()
    except RefusedAssertionError as refusal:
        # Moodle escapes nothing here, so that some of its errors are not JSON.
        return _answer(400, f'{{\r\n  "error" : "{refusal}"\r\n}}')
    except ToolKeysUnreachableError:
        return _answer(404, "<!DOCTYPE html>\n<title>Error</title><h1>Error</h1>")


def _answer(status: int, body: str) -> Response:
    return answer(body, "text/html", status)


def _grant() -> Response:
    lms = current_lms()
    names = ("client_assertion", "client_assertion_type", "grant_type", "scope")
    sent = {name: request.form.get(name, "") for name in names}
    if not all(sent.values()) or sent["client_assertion_type"] != ASSERTION_TYPE:
        raise RefusedAssertionError("invalid_request")
    if sent["grant_type"] != "client_credentials":
        raise RefusedAssertionError("unsupported_grant_type")
    lms.assertions.check(sent["client_assertion"], lms.clock())
    scopes = [scope for scope in sent["scope"].split() if scope in OFFERED]
    if not scopes:
        raise RefusedAssertionError("invalid_scope")
    lines = (
        f'  "access_token" : "{lms.tickets.issue_token(scopes, lms.clock())}"',
        '  "token_type" : "Bearer"',
        f'  "expires_in" : {TOKEN_SECONDS}',
        f'  "scope" : "{" ".join(scopes)}"',
    )
    return _answer(200, "{\r\n" + ",\r\n".join(lines) + "\r\n}")
