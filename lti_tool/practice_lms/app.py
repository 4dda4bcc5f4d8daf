"""The factory of the practice LMS."""

from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, render_template, request
from werkzeug.exceptions import HTTPException

from lti_tool.practice_lms import line_items, memberships, scores, services
from lti_tool.practice_lms.access_tokens import access_tokens
from lti_tool.practice_lms.adding import adding
from lti_tool.practice_lms.addresses import Addresses
from lti_tool.practice_lms.example import EXAMPLE
from lti_tool.practice_lms.fault_switches import fault_switches
from lti_tool.practice_lms.grading_by_hand import by_hand
from lti_tool.practice_lms.lms import PracticeLMS, current_lms
from lti_tool.practice_lms.oidc import oidc
from lti_tool.practice_lms.pages import pages
from lti_tool.practice_lms.platform_storage import PlatformStorage
from lti_tool.practice_lms.registration import registration
from lti_tool.practice_lms.world import World

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def create_lms(  # noqa: PLR0913  # What makes one LMS differ from another, by keyword.
    *,
    url: str,
    tool_url: str,
    data: Path | str,
    client_id: str = "practice-lms-tool",
    deployment_id: str = "1",
    world: World = EXAMPLE,
    platform_storage: PlatformStorage | None = None,
    extra_hosts: Collection[str] = (),
) -> PracticeLMS:
    """Return a practice LMS at `url` that knows one tool, and keeps its data in a file.

    `data` is a path, or ":memory:" for an LMS that forgets. `extra_hosts` are names beside the
    loopback ones under which tests may reach it.
    """
    addresses = Addresses(
        url=url.rstrip("/"),
        tool_url=tool_url.rstrip("/"),
        client_id=client_id,
        deployment_id=deployment_id,
    )
    lms = PracticeLMS(addresses, world, data)
    lms.platform_storage = platform_storage
    lms.extra_hosts = frozenset(extra_hosts)
    for blueprint in (
        oidc,
        access_tokens,
        fault_switches,
        pages,
        adding,
        by_hand,
        registration,
        _services(),
    ):
        lms.register_blueprint(blueprint)
    lms.before_request(_refuse_strangers)
    lms.after_request(_protect)
    lms.register_error_handler(HTTPException, _show_error)
    return lms


def _services() -> Blueprint:
    blueprint = Blueprint("services", __name__, url_prefix=services.PREFIX)
    for module in (memberships, line_items, scores):
        module.register(blueprint)
    return blueprint


def _refuse_strangers() -> None:
    """Answer on loopback names only: a public name must not lead in here."""
    known = {*LOOPBACK, *current_lms().extra_hosts}
    if urlsplit(f"//{request.host}").hostname not in known:
        abort(400, "The practice LMS answers on this machine only")


def _protect(response: Response) -> Response:
    tool = current_lms().addresses.tool_url
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        f" frame-src 'self' {tool}; form-action 'self' {tool};"
        " frame-ancestors 'self'; base-uri 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def _show_error(error: HTTPException) -> tuple[str, int]:
    page = render_template("error.html", error=error)
    return page, error.code or 500
