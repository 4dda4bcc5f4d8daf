"""The factory: settings, database, features, pages."""

import os
from collections.abc import Callable
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from flask import Flask, g, request
from flask_babel import Babel, get_locale
from werkzeug.middleware.proxy_fix import ProxyFix

from lti_tool import features, keys
from lti_tool.courses.service import lms_url_of, membership_of
from lti_tool.i18n import DEFAULT_LANGUAGE, LANGUAGES, catalogs, spoken
from lti_tool.keys import KeyFolder
from lti_tool.lti.connector import Connector
from lti_tool.lti.http import PlatformHTTP
from lti_tool.lti.jwks import PlatformKeys
from lti_tool.persistence import sealed
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.resources import template_dir
from lti_tool.settings import Settings
from lti_tool.web import (
    access,
    browser,
    errors,
    filters,
    headers,
    incoming,
    notices,
    tracing,
)
from lti_tool.web.tool import Tool


def create_app(
    settings: Settings | None = None, ring: Callable[[str], None] | None = None
) -> Flask:
    """Return the WSGI application of one installation.

    Without settings it reads the environment; raise SettingError if they cannot work. ``ring``
    wakes the worker; without one its sweep finds what is due.
    """
    settings = settings or Settings.from_environ(os.environ, sealed.exist)
    app = Flask(__name__, template_folder=template_dir())
    _configure(app, settings)
    app.extensions["lti_tool"] = build_tool(settings, ring or (lambda _kind: None))
    _speak(app)
    tracing.register(app)
    browser.Protection(app)
    errors.register(app)
    incoming.register(app)
    headers.register(app)
    browser.register(app)
    filters.register(app)
    app.url_defaults(access.fill_launch)
    for blueprint in features.BLUEPRINTS:
        app.register_blueprint(blueprint)
    _exempt_doorway(app)
    app.context_processor(_shared)
    return app


def build_tool(settings: Settings, ring: Callable[[str], None]) -> Tool:
    """Return the wired parts, for the web and for workers alike."""
    database = Database(settings.database_url, settings.data_keys, ring=ring)
    folder = KeyFolder(settings.keys)
    http = PlatformHTTP(settings.private_platforms, settings.ca_file)

    def signer() -> tuple[str, RSAPrivateKey]:
        with database.reading(EVERYWHERE) as session:
            kid = keys.active_kid(session)
        kid = kid or keys.ensure_active(database, folder)
        return kid, folder.load(kid)

    return Tool(
        settings=settings,
        database=database,
        key_folder=folder,
        http=http,
        platform_keys=PlatformKeys(database, http),
        connector=Connector(database, http, signer),
        membership_of=membership_of,
        lms_url_of=lms_url_of,
        features=features.FEATURES,
    )


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=[settings.secret_key_old]
        if settings.secret_key_old
        else [],
        # Inside a frame of another site only a partitioned cookie survives.
        SESSION_COOKIE_NAME="__Host-lti-tool",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="None",
        SESSION_COOKIE_PARTITIONED=True,
        PERMANENT_SESSION_LIFETIME=timedelta(days=1),
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=16 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _speak(app: Flask) -> None:
    domain = catalogs()

    def reader_language() -> str:
        opened = g.get("launch_session")
        if opened is not None:
            return str(opened.locale)
        asked = spoken(request.args.get("lang"))
        return (
            asked or request.accept_languages.best_match(LANGUAGES) or DEFAULT_LANGUAGE
        )

    Babel(app, default_locale=DEFAULT_LANGUAGE, locale_selector=reader_language)

    @app.before_request
    def _begin() -> None:
        domain.as_default()


def _exempt_doorway(app: Flask) -> None:
    csrf: browser.Protection = app.extensions["csrf"]
    # A platform posts to the first three; all carry secrets of their own.
    for name in (
        "entrance.login",
        "entrance.launch",
        "entrance.take_notices",
        "registration.confirm",
    ):
        csrf.exempt(app.view_functions[name])


def _shared() -> dict[str, object]:
    visit = g.get("visit")
    tool_features = [
        f
        for f in features.FEATURES.values()
        if visit is not None and f.allow & visit.who
    ]
    return {
        "visit": visit,
        "features": tool_features,
        "said": notices.said,
        "get_locale": get_locale,
    }
