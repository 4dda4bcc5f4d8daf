"""The parts of a running tool that pages reach for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from flask import current_app
from flask_babel import LazyString

from lti_tool.keys import KeyFolder
from lti_tool.lti.connector import Connector
from lti_tool.lti.http import PlatformHTTP
from lti_tool.lti.jwks import PlatformKeys
from lti_tool.lti.models import LaunchSession
from lti_tool.persistence.session import Database, Session
from lti_tool.settings import Settings

if TYPE_CHECKING:
    from lti_tool.web.access import MembershipOf, Visit, Who


@dataclass(frozen=True, slots=True)
class Card:
    """What a feature tells a person on the course home."""

    title: str
    text: str
    url: str | None = None
    action: str | None = None
    """The words of the link; only with ``url``."""
    urgency: int = 0
    """3 waits for this person now, 2 soon, 1 good to know, 0 only for the record."""
    when: str | None = None


@dataclass(frozen=True, slots=True)
class SetUp:
    """What leads set up in a feature, which a copied course can take over."""

    read: Callable[[Session], Any]
    """Return it as plain JSON without people and dates; something empty for nothing."""
    write: Callable[[Session, Any], None]
    clear: Callable[[Session], None]
    """Undo writing."""
    is_begun: Callable[[Session], bool]
    """Tell whether a course has come so far that its set-up must not change by itself."""
    told: Callable[[Any], str]
    """Say in a few words what was read."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature as the navigation and the home know it."""

    name: str
    """The name in the URL and the value of the custom parameter ``activity``."""
    label: LazyString
    endpoint: str
    allow: frozenset["Who"]
    home_cards: Callable[["Visit"], Sequence[Card]] | None = None
    set_up: SetUp | None = None
    review: Callable[[Session, int], tuple[str, Mapping[str, Any]]] | None = None
    """Return endpoint and arguments of the page on which staff see a participant's work."""


@dataclass(frozen=True, slots=True)
class Tool:
    """The wired parts of one running tool."""

    settings: Settings
    database: Database
    key_folder: KeyFolder
    http: PlatformHTTP
    platform_keys: PlatformKeys
    connector: Connector
    membership_of: "MembershipOf"
    lms_url_of: Callable[[Session, LaunchSession], str | None]
    """Where the course of a launch session lies in the LMS, if a lead has said so."""
    features: Mapping[str, Feature]


def current_tool() -> Tool:
    """Return the tool that serves this request."""
    return cast("Tool", current_app.extensions["lti_tool"])
