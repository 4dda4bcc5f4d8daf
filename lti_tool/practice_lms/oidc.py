"""The LMS's side of a launch: login request, authentication, signed answer."""

import json
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request

from lti_tool.practice_lms.adding import claims_of
from lti_tool.practice_lms.deep_linking import Question
from lti_tool.practice_lms.lms import PracticeLMS, current_lms
from lti_tool.practice_lms.services import with_faults
from lti_tool.practice_lms.tickets import LaunchHint
from lti_tool.practice_lms.world import Person, ResourceLink

oidc = Blueprint("oidc", __name__)

TARGETS = ("iframe", "window")


class AuthenticationRefusedError(Exception):
    """An OIDC error that is posted to the tool."""

    def __init__(self, error: str, description: str | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


@oidc.get("/jwks")
def jwks() -> Response:
    """Show the public key of the LMS."""
    return with_faults("jwks", lambda: jsonify(keys=[current_lms().key.public_jwk()]))


@oidc.get("/launch/<link_id>")
def start(link_id: str) -> str:
    """Ask the tool to start a login, as the person in `as`."""
    lms = current_lms()
    link = lms.world.find_link(link_id) or abort(404)
    person = lms.world.find_person(request.args.get("as", "")) or abort(404)
    if lms.world.find_role(lms.world.course_of(link), person) is None:
        abort(403)
    target = request.args.get("target", "iframe")
    fields = lms.login_fields(person, link, target if target in TARGETS else TARGETS[0])
    return _post_page(lms.addresses.tool_login_url, fields)


def _post_page(url: str, fields: dict[str, str]) -> str:
    return render_template("post.html", url=url, fields=fields)


@oidc.route("/auth", methods=["GET", "POST"])
def authenticate() -> str:
    """Post a signed launch to the tool, or an error in its place."""
    lms = current_lms()
    hint = _take_hint(lms)
    redirect_uri = request.values.get("redirect_uri", "")
    if hint is None or redirect_uri != lms.addresses.tool_launch_url:
        # The address cannot be trusted with an answer.
        abort(404, "Invalid request")
    state = request.values.get("state", "")
    try:
        fields = {"state": state, "id_token": _answer_hint(lms, hint)}
    except AuthenticationRefusedError as refusal:
        fields = {"error": refusal.error, "state": state}
        if refusal.description is not None:
            fields["error_description"] = refusal.description
    return _post_page(redirect_uri, fields)


def _take_hint(lms: PracticeLMS) -> LaunchHint | Question | None:
    """Return the login under way; without all that OIDC asks for there is none."""
    required = ("scope", "response_type", "client_id", "login_hint", "nonce")
    if not all(request.values.get(name) for name in required):
        return None
    if request.values["scope"] != "openid":
        return None
    if request.values["response_type"] != "id_token":
        return None
    try:
        hint: Any = json.loads(request.values.get("lti_message_hint", ""))
    except ValueError:
        return None
    launch_id = hint.get("launchid") if isinstance(hint, dict) else None
    if not isinstance(launch_id, str):
        return None
    return lms.tickets.take_hint(launch_id) or lms.questions.take(launch_id)


def _answer_hint(lms: PracticeLMS, hint: LaunchHint | Question) -> str:
    if request.values["client_id"] != lms.addresses.client_id:
        raise AuthenticationRefusedError("unauthorized_client")
    if request.values["login_hint"] != hint.sub:
        raise AuthenticationRefusedError("access_denied")
    if request.values.get("response_mode") != "form_post":
        raise AuthenticationRefusedError("invalid_request", "Invalid response_mode")
    if request.values.get("prompt", "none") != "none":
        raise AuthenticationRefusedError("invalid_request", "Invalid prompt")
    if isinstance(hint, Question):
        return lms.sign(claims_of(lms, hint, request.values["nonce"]))
    person, link = _who_and_what(lms, hint)
    claims = lms.claims(person, link, request.values["nonce"], hint.target)
    return lms.sign(claims)


def _who_and_what(lms: PracticeLMS, hint: LaunchHint) -> tuple[Person, ResourceLink]:
    person = lms.world.find_person(hint.sub)
    link = lms.world.find_link(hint.link_id)
    if person is None or link is None:
        abort(404, "Invalid request")
    return person, link
