"""The words for what a course can link to: a name, and what participants see there."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import LazyString

from lti_tool.entrance.deep_linking.rules import Offer
from lti_tool.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Words:
    """The title of a new link, and its description."""

    title: LazyString
    shows: LazyString


_WORKSHEET = _l(
    "Questions about one's own network, at the start, half-way and at the end. Answers stay private unless their author shares them."
)
_WORDS: Mapping[str, Words] = {
    "home": Words(
        _l("Course start"),
        _l("What comes next, all dates, and the way to the certificate."),
    ),
    "groups": Words(
        _l("Forming groups"),
        _l("Topics to propose and to rank, and then one's own group."),
    ),
    "project": Words(
        _l("Project work"),
        _l("The page of one's own group: hand-ins, feedback and the presentation."),
    ),
    "worksheet": Words(_l("Network worksheet"), _WORKSHEET),
    "attendance": Words(
        _l("Meetings and attendance"),
        _l("All meetings with place and material, and which of them were attended."),
    ),
    "certificate": Words(
        _l("Certificate"),
        _l(
            "What is asked for, what is met and what is still open; in the end the certificate."
        ),
    ),
    "worksheet_start": Words(
        _l("Worksheet: start"),
        _l("The first look at one's own network."),
    ),
    "worksheet_mid": Words(
        _l("Worksheet: mid"),
        _l("The second look at one's own network: what has changed?"),
    ),
    "worksheet_end": Words(
        _l("Worksheet: end"),
        _l("The last look at one's own network: what has become of it?"),
    ),
}


def words_of(offer: Offer) -> Words:
    """Return the words of an offer, in the reader's language wherever they are used."""
    return _WORDS[offer.key]
