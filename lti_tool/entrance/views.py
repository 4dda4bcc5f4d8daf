"""The doorway: login, launch, keys, and what an administrator copies by hand."""

from flask import (
    Blueprint,
    Response,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale

from lti_tool import keys
from lti_tool.entrance import noticing, service
from lti_tool.entrance.privacy_request.service import Disclosure
from lti_tool.entrance.service import Admission, Arrival
from lti_tool.errors import InvalidError, LaunchRefusedError
from lti_tool.groups.room.door import wanted_room
from lti_tool.i18n import DEFAULT_LANGUAGE, spoken
from lti_tool.lti.addresses import origin
from lti_tool.lti.launch import SecretNeededError
from lti_tool.lti.login import LIFETIME, StartedLogin, hand_off, start_login
from lti_tool.lti.platform_configuration import SCOPES, VARIABLES
from lti_tool.lti.session import new_session_id
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web import browser, headers, tracing
from lti_tool.web.tool import current_tool

doorway = Blueprint("entrance", __name__)
_HOUR = 3600
_FRAMES = frozenset({"iframe", "frame", "embed", "object"})


@doorway.route("/lti/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Start a launch: send the browser to the platform with a state that works once."""
    tool = current_tool()
    # A browser that sent no cookie into a frame may be one that keeps none there.
    is_new = browser.known() is None
    is_doubtful = is_new and request.headers.get("Sec-Fetch-Dest") in _FRAMES
    secret = browser.expected()
    parameters = {**request.args, **request.form}
    handed_off = parameters.pop("storage_secret", None)
    try:
        with tool.database.transaction(EVERYWHERE) as session:
            if handed_off:
                hand_off(session, handed_off)
            started = start_login(
                session,
                parameters,
                base_url=tool.settings.base_url,
                browser=secret,
                by_storage=is_doubtful,
            )
    except LaunchRefusedError as error:
        service.note_refusal(tool, "login", error.reason, g.trace_id, parameters)
        raise
    response = (
        _look_for_cookie(started, parameters)
        if is_doubtful
        else make_response(redirect(started.redirect_url, 302))
    )
    browser.begin_login(response, started.state, secret, LIFETIME.total_seconds())
    return response


def _look_for_cookie(started: StartedLogin, parameters: dict[str, str]) -> Response:
    """Return a page that sees what this browser keeps in a frame, and goes on accordingly."""
    platform = origin(started.redirect_url)
    page = render_template(
        "entrance/entering.html",
        started=started,
        key=browser.short(started.state),
        platform=platform,
        parameters=parameters,
    )
    response = make_response(page)
    # A window of its own is sent on to the platform by the answer to a form.
    response.headers["Content-Security-Policy"] = headers.policy(
        ancestors="*", sends_to=platform
    )
    return response


@doorway.get("/lti/cookie")
def kept() -> ResponseReturnValue:
    """Tell a page of ours whether the browser kept its cookie."""
    return jsonify(kept=browser.kept() is not None)


@doorway.post("/lti/launch")
def launch() -> ResponseReturnValue:
    """Check what the platform signed and lead to the activity."""
    tool = current_tool()
    form = request.form.to_dict()
    state = form.get("state", "")
    if not browser.is_from_our_page():
        # Whoever made a login knows its secret; it proves a browser only if our page found it there.
        form.pop("storage_secret", None)
    arrival = Arrival(
        proofs=[p for p in (browser.known(), browser.of_login(state)) if p],
        keeps=browser.kept(),
        launch_session_id=new_session_id(),
        language=str(get_locale()),
    )
    tracing.follow(arrival.launch_session_id)
    try:
        admission = service.admit(tool, form, arrival)
    except SecretNeededError as needed:
        return render_template(
            "entrance/returning.html",
            state=state,
            id_token=form.get("id_token", ""),
            key=browser.short(state),
            needed=needed,
        )
    except LaunchRefusedError as error:
        service.note_refusal(tool, "launch", error.reason, g.trace_id, form)
        raise
    response = (
        _disclose(admission)
        if isinstance(admission, Disclosure)
        else _lead_in(admission, arrival)
    )
    browser.end_login(response, state)
    return response


def _lead_in(admission: Admission, arrival: Arrival) -> Response:
    page = wanted_room(admission.launch_session_id) or url_for(
        admission.endpoint, launch=admission.launch_session_id, **admission.arguments
    )
    if arrival.keeps is None:
        return make_response(browser.lead_on(page, admission.launch_session_id))
    if browser.known() is None:
        browser.remember(arrival.keeps)
    return make_response(redirect(page, 303))


def _disclose(told: Disclosure) -> Response:
    """Return the page on what is stored of a person, which only their platform may frame."""
    with force_locale(spoken(told.locale) or DEFAULT_LANGUAGE):
        page = render_template(
            "privacy_request/stored.html", told=told, server=request.host
        )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = headers.policy(
        ancestors=told.frame_origin
    )
    return response


@doorway.post("/lti/notices")
def take_notices() -> ResponseReturnValue:
    """Take what a platform tells by itself, as of a copied course."""
    try:
        sent = noticing.tokens(request.get_json(silent=True))
    except RecursionError as error:
        raise InvalidError from error
    if sent is None:
        raise InvalidError
    is_trusted = noticing.take(current_tool(), sent, g.trace_id)
    return "", 204 if is_trusted else 400


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
        scopes=list(SCOPES),
        custom_parameters={
            "activity": "home",
            **{name: f"${variable}" for name, variable in VARIABLES.items()},
        },
    )
    response.headers["Cache-Control"] = f"public, max-age={_HOUR}"
    return response
