"""What the course home says of people and profiles, and the dates that everybody sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from lti_tool import clock
from lti_tool.courses import rules
from lti_tool.courses.achievements import opportunities
from lti_tool.courses.course import course_of, option
from lti_tool.courses.groups import groups
from lti_tool.courses.models import Opportunity
from lti_tool.courses.people import holders, staff, waiting_staff
from lti_tool.courses.profile_import import waiting_upload
from lti_tool.courses.profiles import profile_of, profiles
from lti_tool.courses.words import roster_words
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.i18n import ngettext
from lti_tool.web.access import Visit, Who
from lti_tool.web.tool import Card

NOW = 2
"""From this urgency on a card waits for the reader."""
STEPS_HIDDEN = "courses.first_steps_hidden"
RULES = "certificate.rules"
"""Which version of the rules a lead has published; none while the standard holds."""
_MOST_DATES = 5
_STEPS: Mapping[str, tuple[object, object, str]] = {
    "people": (
        _l("Give the course team their duties"),
        _l("Whoever has no duty sees the dates only."),
        "people",
    ),
    "profiles": (
        _l("Import the participants' profiles"),
        _l("Or leave it: they are asked when they come in."),
        "import",
    ),
    "meetings": (
        _l("Plan the meetings"),
        _l("Everybody sees the dates, and the certificate counts them."),
        "attendance",
    ),
    "groups": (
        _l("Form the project groups"),
        _l("From topics and wishes, in the room or before."),
        "groups",
    ),
    "rules": (
        _l("Check what the certificate asks for"),
        _l("Participants see from the first day where they stand."),
        "certificate",
    ),
}


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One line of the list for the lead of an empty course."""

    title: object
    text: object
    url: str | None
    is_done: bool


def coming_dates(visit: Visit) -> list[Opportunity]:
    """Return the next meetings that were not cancelled."""
    now = clock.now()
    return [
        o
        for o in opportunities(visit.session)
        if o.kind == "meeting" and o.state != "cancelled" and _is_ahead(o, now)
    ][:_MOST_DATES]


def _is_ahead(meeting: Opportunity, now: datetime) -> bool:
    end = meeting.ends_at or meeting.starts_at
    return end is not None and end > now


def first_steps(visit: Visit) -> list[FirstStep]:
    """Return the first steps of a lead, or nothing once they are done or were hidden."""
    session = visit.session
    if not visit.is_lead or option(session, STEPS_HIDDEN):
        return []
    steps = rules.first_steps(
        duties=sum(len(m.duties) for m in staff(session)),
        profiles=len(profiles(session)),
        meetings=sum(o.kind == "meeting" for o in opportunities(session)),
        groups=len(groups(session)),
        rules=bool(option(session, RULES)),
    )
    if all(step.is_done for step in steps):
        return []
    return [_step(visit, step) for step in steps]


def _step(visit: Visit, step: rules.Step) -> FirstStep:
    title, text, place = _STEPS[step.name]
    url = url_for("profiles.imports") if place == "import" else page_of(visit, place)
    return FirstStep(title, text, url, step.is_done)


def page_of(visit: Visit, name: str) -> str | None:
    """Return the address of a feature that the reader may see, else None."""
    feature = visit.tool.features.get(name)
    return url_for(feature.endpoint) if feature and feature.allow & visit.who else None


def whom_to_ask(visit: Visit) -> list[str]:
    """Return the names of the leads."""
    return [lead.name for lead in holders(visit.session, "lead")]


def people_cards(visit: Visit) -> Sequence[Card]:
    """Return what waits among the people, for leads and assistants."""
    told = [_waiting_staff(visit)] if visit.is_lead else []
    told += [_roster_trouble(visit), _upload(visit), *_questions(visit)]
    return [card for card in told if card is not None]


def participant_cards(visit: Visit) -> Sequence[Card]:
    """Ask participants for their profile once; tell the team of the participants' questions."""
    if not visit.is_participant:
        # Leads and assistants read of them among the people.
        return [] if visit.is_any(Who.LEAD, Who.ASSISTANT) else _questions(visit)
    profile = profile_of(visit.session, visit.person_id)
    if profile is not None and profile.confirmed_at is not None:
        return []
    if profile is None:
        title = _("Introduce yourself")
        text = _(
            "Your network, your region, your question to this course: two minutes."
        )
    else:
        title = _("Is this right about you?")
        text = _(
            "A lead of the course entered what you said at registration. Please check it."
        )
    return [Card(title, text, url_for("profiles.own"), _("To my profile"), urgency=2)]


def _waiting_staff(visit: Visit) -> Card | None:
    waiting = waiting_staff(visit.session)
    if not waiting:
        return None
    title = ngettext(
        "%(num)s new member of the course team has no duty",
        "%(num)s new members of the course team have no duty",
        len(waiting),
    )
    text = _(
        "Without a duty they see the dates only: %(names)s.",
        names=", ".join(member.name for member in waiting),
    )
    return Card(title, text, url_for("people.overview"), _("Give duties"), urgency=2)


def _roster_trouble(visit: Visit) -> Card | None:
    code = course_of(visit.session).roster_error
    if code is None:
        return None
    return Card(
        _("The list of members could not be fetched"),
        roster_words(code),
        url_for("people.overview"),
        _("To the people"),
        urgency=1,
    )


def _upload(visit: Visit) -> Card | None:
    batch = waiting_upload(visit.session) if visit.is_lead else None
    if batch is None:
        return None
    return Card(
        _("An import of profiles waits"),
        _("“%(file)s” was uploaded, but not confirmed.", file=batch.file_name),
        url_for("profiles.preview", import_id=batch.id),
        _("Look at it"),
        urgency=2,
    )


def _questions(visit: Visit) -> list[Card]:
    count = sum(bool(profile.question) for profile in profiles(visit.session).values())
    if not count:
        return []
    title = ngettext(
        "%(num)s participant has a question to this course",
        "%(num)s participants have a question to this course",
        count,
    )
    text = _("What they want to take home: good to read before a meeting.")
    return [Card(title, text, url_for("people.questions"), _("Read them"), urgency=1)]
