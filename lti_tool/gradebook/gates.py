"""The gate of each platform: closed while it is spared, after an outage or a request to slow down."""

import random
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, exists, select, update
from sqlalchemy.orm import InstrumentedAttribute

from lti_tool import clock
from lti_tool.gradebook import rules
from lti_tool.gradebook.models import PlatformGate
from lti_tool.gradebook.posting import Answer, Delivered, Parcel
from lti_tool.gradebook.rules import Judgement
from lti_tool.persistence.session import Session

_GATE = select(PlatformGate.failures, PlatformGate.closed_until).where(
    PlatformGate.registration_id == bindparam("registration_id")
)


def is_closed(
    registration_id: ColumnElement[int] | InstrumentedAttribute[int], now: object
) -> ColumnElement[bool]:
    """Return the condition that a platform is left alone."""
    return exists().where(
        PlatformGate.registration_id == registration_id, PlatformGate.closed_until > now
    )


def spared_platforms(session: Session) -> Collection[int]:
    """Return the registrations that are left alone just now."""
    closed = PlatformGate.closed_until > clock.now()
    return session.scalars(select(PlatformGate.registration_id).where(closed)).all()


def to_probe(
    session: Session, registration_id: int, now: datetime
) -> PlatformGate | None:
    """Return the gate of a platform that failed if one request may try it; till the commit nobody else can."""
    gate = session.scalar(
        select(PlatformGate)
        .where(PlatformGate.registration_id == registration_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    may_be_tried = gate and gate.closed_until and gate.closed_until <= now
    return gate if may_be_tried else None


def reopen(session: Session, registrations: Collection[int]) -> None:
    """Let others probe platforms at once, for whose probe nobody waits any more."""
    session.execute(
        update(PlatformGate)
        .where(PlatformGate.registration_id.in_(registrations))
        .values(closed_until=clock.now())
    )


def spare(session: Session, registration_id: int, until: datetime) -> None:
    """Let a platform have a pause, from everything that is sent to it."""
    gate = _held(session, registration_id)
    gate.closed_until = max(until, gate.closed_until or until)


def _held(session: Session, registration_id: int) -> PlatformGate:
    """Return the gate, which is ours until the commit, and made if there was none."""
    now = clock.now()
    session.add_missing(
        PlatformGate,
        ["registration_id", "failures"],
        [[registration_id, 0]],
        created_at=now,
        updated_at=now,
    )
    return session.scalars(
        select(PlatformGate)
        .where(PlatformGate.registration_id == registration_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def tend(session: Session, delivered: Iterable[Delivered]) -> None:
    """Close or open the gates of platforms by what came of deliveries."""
    by_platform: dict[int, list[Delivered]] = {}
    for each in delivered:
        by_platform.setdefault(each[0].platform.registration_id, []).append(each)
    for registration_id, answers in sorted(by_platform.items()):
        _tend(session, registration_id, answers)


def _tend(
    session: Session, registration_id: int, delivered: Sequence[Delivered]
) -> None:
    found = session.connection().execute(_GATE, {"registration_id": registration_id})
    is_quiet = found.first() in {None, (0, None)}
    if is_quiet and not any(a.judgement.spares_platform for _, a in delivered):
        return
    locked = _held(session, registration_id)
    for parcel, answer in delivered:
        _swing(locked, parcel, answer)


def _swing(gate: PlatformGate, parcel: Parcel, answer: Answer) -> None:
    """Close or open a gate; what was on its way when it closed neither opens it nor counts again."""
    judged, now = answer.judgement, clock.now()
    counts = parcel.is_probe or gate.closed_until is None
    if judged.spares_platform:
        gate.failures += counts
        if parcel.is_probe or (counts and gate.failures > judged.tolerated):
            gate.closed_until = now + _pause(judged, gate.failures)
        elif gate.closed_until is not None and judged.wait is not None:
            gate.closed_until = max(gate.closed_until, now + judged.wait)
    elif answer.status is not None and counts:
        gate.failures, gate.closed_until = 0, None
    elif parcel.is_probe:
        # It told nothing about the platform: another one may try at once.
        gate.closed_until = now


def _pause(judged: Judgement, failures: int) -> timedelta:
    if judged.wait is not None:
        return judged.wait
    return rules.wait_after(failures - judged.tolerated, random.random())  # noqa: S311  # Jitter.
