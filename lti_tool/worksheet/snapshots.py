"""Handing in a phase, and reading what was handed in."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from lti_tool import clock
from lti_tool.courses.models import ErasableText
from lti_tool.courses.service import achieve, keep_text
from lti_tool.errors import InvalidError
from lti_tool.gradebook.service import Column, want
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session
from lti_tool.persistence.types import commitment
from lti_tool.worksheet.answers import Actor, Network, Tie, fields, missing_required
from lti_tool.worksheet.instrument import (
    PHASES,
    Answers,
    Instrument,
    Item,
    visible_items,
)
from lti_tool.worksheet.library import get_instrument
from lti_tool.worksheet.models import Draft, Snapshot, SnapshotText
from lti_tool.worksheet.network import actors_of, labels_of, network_of
from lti_tool.worksheet.phases import get_form, title_of
from lti_tool.worksheet.rules import snapshot_body, snapshot_digest
from lti_tool.worksheet.service import (
    answers_of,
    choices_to_make,
    find_draft,
    find_snapshot,
    values_of,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A snapshot as it can be read; what was erased is absent."""

    snapshot: Snapshot
    instrument: Instrument
    answers: Answers
    network: Network
    labels: Mapping[str, str]
    """The owner's names of the actors, for the owner's eyes only."""
    aliases: Mapping[str, tuple[str, int]]
    """Type and number of each actor, which make the alias that others see."""

    @property
    def items(self) -> tuple[Item, ...]:
        """The prompts that were asked."""
        return visible_items(
            self.instrument, self.snapshot.phase, self.snapshot.form, self.answers
        )


def still_missing(session: Session, draft: Draft) -> tuple[Item, ...]:
    """Return the required prompts without which the draft cannot be handed in."""
    return missing_required(
        get_instrument(),
        draft.phase,
        get_form(session),
        values_of(answers_of(session, draft)),
        network_of(session, draft),
    )


def make_snapshot(
    session: Session, draft: Draft, person_id: int, moment: datetime
) -> Snapshot:
    """Freeze the draft: what its prompts ask, the actors and the ties."""
    instrument, form = get_instrument(), get_form(session)
    answers = values_of(answers_of(session, draft))
    actors = actors_of(session, draft)
    asked = [
        field
        for item in visible_items(instrument, draft.phase, form, answers)
        for field in fields(item, draft.phase)
        if field.path in answers
    ]
    texts = {field.path: (answers[field.path], field.is_prose) for field in asked}
    texts |= {f"actor/{actor.uuid}": (actor.label, True) for actor in actors}
    kept = {
        key: keep_text(session, text, person_id=person_id)
        for key, (text, _prose) in texts.items()
    }
    body = snapshot_body(
        head={
            "instrument": instrument.name,
            "version": instrument.version,
            "instrument_sha256": instrument.sha256,
            "phase": draft.phase,
            "form": form,
            "handed_in_at": moment.isoformat(),
        },
        answers={field.path: kept[field.path].commitment for field in asked},
        network=network_of(session, draft),
        labels={actor.uuid: kept[f"actor/{actor.uuid}"].commitment for actor in actors},
        numbers={actor.uuid: actor.number for actor in actors},
    )
    snapshot = Snapshot(
        worksheet_id=draft.worksheet_id,
        phase=draft.phase,
        instrument=instrument.name,
        version=instrument.version,
        instrument_sha256=instrument.sha256,
        form=form,
        handed_in_at=moment,
        body=body,
        sha256=snapshot_digest(body),
    )
    session.add(snapshot)
    session.flush()
    session.add_all(
        SnapshotText(
            snapshot_id=snapshot.id, key=key, text_id=kept[key].id, prose=prose
        )
        for key, (_text, prose) in texts.items()
    )
    session.flush()
    return snapshot


def hand_in(
    session: Session, draft: Draft, person_id: int, moment: datetime | None = None
) -> Snapshot:
    """Freeze the draft, and say in course and gradebook that the phase was handed in.

    Raises InvalidError while required prompts are open or two versions of a text wait.
    """
    if still_missing(session, draft):
        raise InvalidError(
            _("Some prompts still need an answer. They are named on this page.")
        )
    if choices_to_make(session, draft):
        raise InvalidError(_("First decide between the two versions of your text."))
    moment = moment or clock.now()
    snapshot = make_snapshot(session, draft, person_id, moment)
    achieve(session, person_id, "worksheet", draft.phase, state="handed_in", at=moment)
    want(session, column(session, draft.phase), person_id, 1)
    return snapshot


def column(session: Session, phase: str) -> Column:
    """Return the gradebook column of a phase, named in the language of the course."""
    return Column("worksheet", phase, title_of(session, phase))


def _texts(session: Session, snapshot: Snapshot) -> Mapping[str, ErasableText]:
    rows = session.execute(
        select(SnapshotText.key, ErasableText)
        .join(ErasableText, ErasableText.id == SnapshotText.text_id)
        .where(SnapshotText.snapshot_id == snapshot.id)
    )
    return {row.key: row.ErasableText for row in rows}


def read(session: Session, snapshot: Snapshot) -> Reading:
    """Return what was handed in, as far as it was not erased."""
    body = json.loads(snapshot.body)
    values = {
        key: row.text
        for key, row in _texts(session, snapshot).items()
        if row.text is not None
    }
    return Reading(
        snapshot=snapshot,
        instrument=get_instrument(snapshot.instrument, snapshot.version),
        answers={path: values[path] for path in body["answers"] if path in values},
        network=_network(body),
        labels={
            actor["uuid"]: values[f"actor/{actor['uuid']}"]
            for actor in body["actors"]
            if f"actor/{actor['uuid']}" in values
        },
        aliases={
            actor["uuid"]: (actor["type"], actor["number"]) for actor in body["actors"]
        },
    )


def _network(body: Mapping[str, Any]) -> Network:
    return Network(
        actors=tuple(
            Actor(one["uuid"], one["type"], one["status"], one["closeness"])
            for one in body["actors"]
        ),
        ties=tuple(Tie(a, b, strength) for a, b, strength in body["ties"]),
    )


def is_intact(session: Session, snapshot: Snapshot) -> bool:
    """Whether the snapshot and every text it still has are what was handed in."""
    body = json.loads(snapshot.body)
    promised = dict(body["answers"])
    promised |= {f"actor/{actor['uuid']}": actor["label"] for actor in body["actors"]}
    return snapshot_digest(snapshot.body) == snapshot.sha256 and all(
        promised.get(key) == row.commitment == _commitment_of(row)
        for key, row in _texts(session, snapshot).items()
    )


def _commitment_of(row: ErasableText) -> str:
    # What was erased can no longer be checked; its commitment stays what was promised.
    if row.text is None or row.salt is None:
        return row.commitment
    return commitment(row.text, row.salt)


def export(session: Session, person_id: int) -> dict[str, Any]:
    """Return everything that a person entered, as plain values for a file."""
    found: dict[str, Any] = {
        "instrument": get_instrument().name,
        "drafts": {},
        "handed_in": {},
    }
    for phase in PHASES:
        if (draft := find_draft(session, person_id, phase)) is not None:
            found["drafts"][phase] = _plain(
                values_of(answers_of(session, draft)),
                network_of(session, draft),
                labels_of(session, draft),
            )
        if (snapshot := find_snapshot(session, person_id, phase)) is not None:
            reading = read(session, snapshot)
            found["handed_in"][phase] = {
                "version": snapshot.version,
                "form": snapshot.form,
                "handed_in_at": snapshot.handed_in_at.isoformat(),
                "sha256": snapshot.sha256,
                **_plain(reading.answers, reading.network, reading.labels),
            }
    return found


def _plain(
    answers: Answers, network: Network, labels: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "answers": dict(answers),
        "actors": [
            {**asdict(actor), "label": labels.get(actor.uuid)}
            for actor in network.actors
        ],
        "ties": [asdict(tie) for tie in network.ties],
    }
