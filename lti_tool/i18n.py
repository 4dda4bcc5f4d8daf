"""The reader's language: German or English."""

from collections.abc import Callable

import flask_babel
from flask_babel import Domain, lazy_gettext, lazy_pgettext

from lti_tool.resources import translation_dirs

# Flask-Babel ships no types; these three return plain strings.
gettext: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext
pgettext: Callable[..., str] = flask_babel.pgettext

LANGUAGES = ("de", "en")
DEFAULT_LANGUAGE = "de"

__all__ = [
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "catalogs",
    "gettext",
    "lazy_gettext",
    "lazy_pgettext",
    "ngettext",
    "pgettext",
    "spoken",
]


def catalogs() -> Domain:
    """Return the catalogs of all features as one; kept by the app, for reading them takes time."""
    folders = translation_dirs()
    return Domain(
        translation_directories=[str(folder) for folder in folders],
        domain=";".join("messages" for _ in folders) or "messages",
    )


def spoken(wanted: str | None) -> str | None:
    """Return the language we speak for a locale such as ``de_du`` or ``en-GB``, else None."""
    prefix = (wanted or "").replace("_", "-").split("-")[0].lower()
    return prefix if prefix in LANGUAGES else None
