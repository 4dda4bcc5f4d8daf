"""What may be edited when, what a snapshot holds, and who may read what.

Pure: standard library only.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lti_tool.worksheet.answers import Network, fields_by_path
from lti_tool.worksheet.instrument import PHASES, Answers, Instrument

MANY_ACTORS = 25
MOST_ACTORS = 60
STRENGTHS = (1, 2, 3)


class PhaseState(StrEnum):
    """Where one person stands in one phase."""

    LATER = "later"
    OPEN = "open"
    CLOSED = "closed"
    HANDED_IN = "handed_in"


class Audience(StrEnum):
    """Whom a section of a handed-in snapshot is shown to."""

    NOBODY = "nobody"
    TEAM = "team"
    GROUP = "group"
    COURSE = "course"


class Verdict(StrEnum):
    """What becomes of a value that arrives from a page."""

    SAME = "same"
    ACCEPTED = "accepted"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Window:
    """The days, in the course's time zone, on which a phase can be worked on."""

    opens_on: date | None = None
    closes_on: date | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    """The people that an audience is made of, by person id."""

    team: frozenset[int] = frozenset()
    group: frozenset[int] = frozenset()
    course: frozenset[int] = frozenset()


def phase_state(window: Window, today: date, *, handed_in: bool) -> PhaseState:
    """Return where a person stands; both days of the window belong to it."""
    if handed_in:
        return PhaseState.HANDED_IN
    if window.opens_on is None or today < window.opens_on:
        return PhaseState.LATER
    if window.closes_on is not None and today > window.closes_on:
        return PhaseState.CLOSED
    return PhaseState.OPEN


def earlier_phases(phase: str) -> tuple[str, ...]:
    """Return the phases before this one, the latest first."""
    return tuple(reversed(PHASES[: PHASES.index(phase)]))


def carried_forward(instrument: Instrument, phase: str, earlier: Answers) -> Answers:
    """Return the answers with which a later phase begins.

    Only what is compared between phases comes along, and never a hindsight rating.
    """
    compared = {item.id for item in instrument.items if item.compare}
    known = fields_by_path(instrument, phase)
    return {
        path: value
        for path, value in earlier.items()
        if path in known
        and path.split(".")[0] in compared
        and not path.endswith(".hindsight")
    }


def verdict(*, base: int, current: int, sent: str, at_base: str, now: str) -> Verdict:
    """Return what becomes of a value that was typed over revision `base`.

    A value that its page never changed says nothing; one that was typed over text
    that has changed since is set aside, so that neither text is lost.
    """
    if sent == now or (base < current and sent == at_base):
        return Verdict.SAME
    return Verdict.ACCEPTED if base == current else Verdict.ASIDE


def both_texts(here: str, aside: str) -> str:
    """Return two versions of a text as one, the kept one first."""
    return "\n\n".join(text for text in (here, aside) if text)


def tie_pair(a: str, b: str) -> tuple[str, str]:
    """Return the two actors of a tie in the order in which they are stored."""
    if a == b:
        raise ValueError(a)
    return (a, b) if a < b else (b, a)


def may_add_actor(count: int) -> bool:
    """Whether one more actor fits beside this many."""
    return count < MOST_ACTORS


def snapshot_body(
    *,
    head: Mapping[str, str],
    answers: Mapping[str, str],
    network: Network,
    labels: Mapping[str, str],
    numbers: Mapping[str, int],
) -> str:
    """Return the text that a snapshot's hash covers.

    `numbers` make the aliases. `answers` and `labels` are commitments, never the words themselves: those can be
    erased later without changing what is returned here.
    """
    body = {
        **head,
        "answers": dict(answers),
        "actors": [
            {
                "uuid": actor.uuid,
                "type": actor.type,
                "number": numbers[actor.uuid],
                "status": actor.status,
                "closeness": actor.closeness,
                "label": labels[actor.uuid],
            }
            for actor in sorted(network.actors, key=lambda actor: actor.uuid)
        ],
        "ties": sorted([*tie_pair(tie.a, tie.b), tie.strength] for tie in network.ties),
    }
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def snapshot_digest(body: str) -> str:
    """Return the sha256 by which a snapshot is known."""
    return hashlib.sha256(body.encode()).hexdigest()


def readers(audience: Audience, owner: int, circle: Circle) -> frozenset[int]:
    """Return the ids of everyone who may read a section, its owner always among them."""
    others: Mapping[Audience, Collection[int]] = {
        Audience.NOBODY: (),
        Audience.TEAM: circle.team,
        Audience.GROUP: circle.group,
        Audience.COURSE: circle.course | circle.team,
    }
    return frozenset({owner, *others[audience]})


def may_read(reader: int, owner: int, audience: Audience, circle: Circle) -> bool:
    """Whether this person may read a section of a handed-in snapshot."""
    return reader in readers(audience, owner, circle)


def next_number(taken: Iterable[int]) -> int:
    """Return the number of a new alias; one that was given up is not used again."""
    return max(taken, default=0) + 1
