"""The page on which an administrator registers the tool, in a frame or window of the platform."""

from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from itsdangerous import BadSignature, URLSafeTimedSerializer

from lti_tool.entrance.registration import service
from lti_tool.entrance.registration.disclosure import disclosed
from lti_tool.entrance.registration.products import PRODUCTS, product_of
from lti_tool.entrance.registration.service import Confirmed
from lti_tool.entrance.registration.words import explain
from lti_tool.errors import RegistrationRefusedError
from lti_tool.lti import audit
from lti_tool.lti.dynamic_registration import fetch_configuration, registration_request
from lti_tool.lti.platform_configuration import PlatformConfiguration
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web import headers
from lti_tool.web.tool import current_tool

pages = Blueprint("registration", __name__)
_HOUR = 3600
"""For as long a platform's own token holds."""


@pages.get("/lti/register")
def offer() -> ResponseReturnValue:
    """Show what will be registered; without a platform's parameters, where to enter this address."""
    tool = current_tool()
    secret = request.args.get("token", "")
    # Nothing is fetched for somebody without an invitation.
    with tool.database.reading(EVERYWHERE) as session:
        invitation = service.open_invitation(session, secret)
    if "openid_configuration" not in request.args:
        return render_template(
            "registration/start.html", invitation=invitation, products=PRODUCTS
        )
    platform = fetch_configuration(tool.http, request.args["openid_configuration"])
    service.check_is_meant(invitation, platform)
    asked = registration_request(platform, tool.settings.base_url, str(get_locale()))
    confirmed = {
        "platform": asdict(platform),
        "request": asked,
        "registration_token": request.args.get("registration_token") or None,
    }
    return _framed(
        platform,
        "registration/offer.html",
        invitation=invitation,
        asked=asked,
        data=list(disclosed(platform)),
        own_host=urlsplit(tool.settings.base_url).netloc,
        secret=secret,
        confirmed=_signer().dumps(confirmed),
    )


@pages.post("/lti/register")
def confirm() -> ResponseReturnValue:
    """Register as shown, and say what comes next.

    In the platform's frame no cookie may survive, so the form is protected by what it carries: the
    invitation's secret, which no other site knows, and what was shown, signed by us.
    """
    confirmed = _confirmed(request.form.get("confirmed", ""))
    done = service.confirm(
        current_tool(), request.form.get("token", ""), confirmed, g.trace_id
    )
    return _framed(
        confirmed.platform,
        "registration/registered.html",
        done=done,
        products=PRODUCTS,
    )


@pages.errorhandler(RegistrationRefusedError)
def refused(error: RegistrationRefusedError) -> ResponseReturnValue:
    """Note why a registration was refused, and say it."""
    with current_tool().database.transaction(EVERYWHERE) as session:
        audit.record(
            session,
            "registration",
            error.reason,
            registration_id=service.whose(session, request.values.get("token", "")),
            trace_id=g.trace_id,
        )
    # Our own names and numbers only: nothing that a platform wrote is shown.
    about = "".join(f" ({value})" for value in error.details.values())
    page = render_template(
        "error.html",
        words=explain(error.reason),
        reason=f"{error.reason}{about}",
        trace=g.trace_id,
        framed=True,
    )
    return page, error.status


def _framed(
    platform: PlatformConfiguration, template: str, **shown: Any
) -> ResponseReturnValue:
    product = product_of(platform.family)
    page = render_template(
        template, platform=platform, product=product, framed=True, **shown
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = headers.policy(
        ancestors=" ".join(platform.origins)
    )
    return response


def _confirmed(signed: str) -> Confirmed:
    try:
        shown = _signer().loads(signed, max_age=_HOUR)
    except BadSignature as error:
        raise RegistrationRefusedError("confirmation_invalid") from error
    return Confirmed(
        PlatformConfiguration(**shown["platform"]),
        shown["request"],
        shown["registration_token"],
    )


def _signer() -> URLSafeTimedSerializer:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.secret_key]
    return URLSafeTimedSerializer(keys, salt="registration")
