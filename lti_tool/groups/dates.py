"""When a formation is at which stage: its dates move it on, and a lead can do so by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

_NEAR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Way:
    """What is stored of the way of a formation; None for a date that nobody set."""

    stage: str
    """The stage at which a lead left it: ``topics``, ``wishes`` or ``closed``."""
    opens_at: datetime | None = None
    closes_at: datetime | None = None


def stage_at(stored: Way, now: datetime) -> str:
    """Return the stage at a moment.

    What a lead opened or closed by hand is open or closed; the dates move it on from there and
    never back. The closing moment itself is too late.
    """
    stage = stored.stage
    if stage == "topics" and stored.opens_at is not None and stored.opens_at <= now:
        stage = "wishes"
    if stage == "wishes" and stored.closes_at is not None and stored.closes_at <= now:
        stage = "closed"
    return stage


def by_hand(stored: Way, stage: str, now: datetime) -> Way:
    """Return what is to be stored when a lead goes to a stage now.

    A date that would undo this at once is over and is dropped; one that lies ahead stays.
    """
    opens_at, closes_at = stored.opens_at, stored.closes_at
    if stage == "topics" and opens_at is not None and opens_at <= now:
        opens_at = None
    if stage != "closed" and closes_at is not None and closes_at <= now:
        closes_at = None
    return Way(stage, opens_at, closes_at)


def is_near(closes_at: datetime | None, now: datetime) -> bool:
    """Tell whether the closing is so near that whoever has not answered should do so now."""
    return closes_at is not None and closes_at - now <= _NEAR


def moment_of(shown: datetime, zone: tzinfo) -> datetime | None:
    """Return the moment at which clocks of a zone show this; None where they skip it.

    Of an hour that clocks show twice it is the later one: nobody comes too late who trusted
    the clock.
    """
    moment = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)
    shows = moment.astimezone(zone).replace(tzinfo=None, fold=0)
    return moment if shows == shown else None


def shown_at(moment: datetime, zone: tzinfo) -> datetime:
    """Return what clocks of a zone show at a moment."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
