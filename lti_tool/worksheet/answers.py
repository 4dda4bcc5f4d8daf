"""The fields behind each prompt: what fits into them and when a prompt is answered.

Pure: standard library only. A field has a path such as `A4.choice`; its value is a
text, "" when empty, several choices joined by commas in the order of the instrument.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lti_tool.worksheet.instrument import Answers, Instrument, Item, visible_items

LONGEST_TEXT = 4000
POINTS = 10
NETWORK_TYPES = frozenset({"actors", "closeness", "ties", "missing_actors"})
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    LINE = "line"
    CHOICE = "choice"
    MULTI = "multi"
    POINTS = "points"
    DATE = "date"
    ACTOR = "actor"
    FLAG = "flag"


class Unfit(StrEnum):
    """Why a value does not fit into a field."""

    TOO_LONG = "too_long"
    NO_OPTION = "no_option"
    NO_POINTS = "no_points"
    NO_DATE = "no_date"
    NO_ACTOR = "no_actor"


class UnfitError(ValueError):
    """A value does not fit into its field."""

    def __init__(self, reason: Unfit) -> None:
        self.reason = reason
        super().__init__(reason.value)


@dataclass(frozen=True, slots=True)
class Field:
    """One value that a prompt asks for."""

    path: str
    kind: Kind
    options: tuple[str, ...] = ()

    @property
    def is_prose(self) -> bool:
        """Whether people write here in their own words."""
        return self.kind in {Kind.TEXT, Kind.LINE}


@dataclass(frozen=True, slots=True)
class Actor:
    """An organisation in the network; `status` is known, missing or left."""

    uuid: str
    type: str
    status: str
    closeness: str = ""


@dataclass(frozen=True, slots=True)
class Tie:
    """Two actors that work together without the owner; strength 1 to 3."""

    a: str
    b: str
    strength: int


@dataclass(frozen=True, slots=True)
class Network:
    """The actors and ties of one phase."""

    actors: tuple[Actor, ...] = ()
    ties: tuple[Tie, ...] = ()

    def of(self, status: str) -> tuple[Actor, ...]:
        """Return the actors of one status."""
        return tuple(actor for actor in self.actors if actor.status == status)


def fields(item: Item, phase: str) -> tuple[Field, ...]:
    """Return what the prompt asks for in this phase, in the order of the page."""
    return (*_own_fields(item, phase), *_note_field(item))


def _note_field(item: Item) -> Iterator[Field]:
    if item.note:
        yield Field(f"{item.id}.note", Kind.TEXT)


def _own_fields(item: Item, phase: str) -> Iterator[Field]:
    match item.type:
        case "text":
            yield Field(f"{item.id}.text", Kind.TEXT)
        case "choice" | "scale" | "maturity":
            yield from _choice_fields(item, phase)
        case "multi":
            yield Field(f"{item.id}.multi", Kind.MULTI, item.options)
        case "role_mix":
            yield from _points_fields(item)
        case "ties":
            yield Field(f"{item.id}.none", Kind.FLAG)
        case "action":
            yield from _action_fields(item)


def _choice_fields(item: Item, phase: str) -> Iterator[Field]:
    yield Field(item.choice_path, Kind.CHOICE, item.options)
    if item.type == "maturity" and phase == "end":
        yield Field(f"{item.id}.hindsight", Kind.CHOICE, item.options)


def _points_fields(item: Item) -> Iterator[Field]:
    for side in ("now", "wish"):
        for role in item.options:
            yield Field(f"{item.id}.{side}.{role}", Kind.POINTS)


def _action_fields(item: Item) -> Iterator[Field]:
    for row in range(1, item.rows + 1):
        yield Field(f"{item.id}.{row}.what", Kind.TEXT)
        yield Field(f"{item.id}.{row}.whom", Kind.ACTOR)
        yield Field(f"{item.id}.{row}.when", Kind.DATE)
        yield Field(f"{item.id}.{row}.sign", Kind.LINE)


def fields_by_path(instrument: Instrument, phase: str) -> Mapping[str, Field]:
    """Return every field that a phase may fill, visible just now or not."""
    return {
        field.path: field
        for item in instrument.items
        if phase in item.phases
        for field in fields(item, phase)
    }


def _clean_prose(raw: str) -> str:
    text = raw.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
    if len(text) > LONGEST_TEXT:
        raise UnfitError(Unfit.TOO_LONG)
    return text


def _clean_choices(field: Field, raw: str) -> str:
    chosen = set(filter(None, raw.split(",")))
    if not chosen <= set(field.options):
        raise UnfitError(Unfit.NO_OPTION)
    if field.kind is Kind.CHOICE and len(chosen) > 1:
        raise UnfitError(Unfit.NO_OPTION)
    return ",".join(option for option in field.options if option in chosen)


def _clean_points(raw: str) -> str:
    number = raw.strip()
    if number and not (number.isascii() and number.isdigit() and int(number) <= POINTS):
        raise UnfitError(Unfit.NO_POINTS)
    return str(int(number)) if number else ""


def _clean_date(raw: str) -> str:
    try:
        return date.fromisoformat(raw.strip()).isoformat() if raw.strip() else ""
    except ValueError:
        raise UnfitError(Unfit.NO_DATE) from None


def _clean_actor(raw: str) -> str:
    if raw and not _UUID.fullmatch(raw):
        raise UnfitError(Unfit.NO_ACTOR)
    return raw


def clean(field: Field, raw: str) -> str:
    """Return the value as it is kept; UnfitError says why it does not fit."""
    match field.kind:
        case Kind.TEXT | Kind.LINE:
            return _clean_prose(raw)
        case Kind.CHOICE | Kind.MULTI:
            return _clean_choices(field, raw)
        case Kind.POINTS:
            return _clean_points(raw)
        case Kind.DATE:
            return _clean_date(raw)
        case Kind.ACTOR:
            return _clean_actor(raw)
        case Kind.FLAG:
            return "1" if raw else ""


def points_spent(item: Item, side: str, answers: Answers) -> int:
    """Return how many points of a role mix are given out on one side."""
    spent = (answers.get(f"{item.id}.{side}.{role}", "") for role in item.options)
    return sum(int(points or 0) for points in spent)


def is_answered(item: Item, answers: Answers, network: Network) -> bool:
    """Whether the prompt has what counts as an answer; notes are always extra.

    Nobody missing, said in words, answers the question who is missing.
    """
    match item.type:
        case "actors":
            return bool(network.of("known"))
        case "closeness":
            known = network.of("known")
            return bool(known) and all(actor.closeness for actor in known)
        case "ties":
            return bool(network.ties) or bool(answers.get(f"{item.id}.none"))
        case "missing_actors":
            return bool(network.of("missing")) or bool(answers.get(f"{item.id}.note"))
        case _:
            return _is_answered_in_fields(item, answers)


def _is_answered_in_fields(item: Item, answers: Answers) -> bool:
    match item.type:
        case "role_mix":
            return points_spent(item, "now", answers) == POINTS
        case "action":
            rows = range(1, item.rows + 1)
            return any(answers.get(f"{item.id}.{row}.what") for row in rows)
        case "multi":
            return bool(answers.get(f"{item.id}.multi"))
        case "text":
            return bool(answers.get(f"{item.id}.text"))
        case _:
            return bool(answers.get(item.choice_path))


def missing_required(
    instrument: Instrument, phase: str, form: str, answers: Answers, network: Network
) -> tuple[Item, ...]:
    """Return the visible required prompts that still have no answer."""
    return tuple(
        item
        for item in visible_items(instrument, phase, form, answers)
        if item.required and not is_answered(item, answers, network)
    )


def progress(
    instrument: Instrument, phase: str, form: str, answers: Answers, network: Network
) -> tuple[int, int]:
    """Return how many visible prompts are answered, and how many there are."""
    asked = visible_items(instrument, phase, form, answers)
    return sum(is_answered(item, answers, network) for item in asked), len(asked)
