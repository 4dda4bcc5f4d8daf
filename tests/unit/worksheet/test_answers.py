from pathlib import Path
from typing import Any

import pytest
import yaml

import lti_tool
from lti_tool.worksheet.answers import (
    Actor,
    Field,
    Kind,
    Network,
    Tie,
    Unfit,
    UnfitError,
    clean,
    fields,
    fields_by_path,
    is_answered,
    missing_required,
    progress,
)
from lti_tool.worksheet.instrument import PHASES, Instrument, visible_items
from lti_tool.worksheet.schema import parse

FOLDER = Path(lti_tool.__path__[0]) / "worksheet" / "instruments"
SCHOOL = "11111111-1111-4111-8111-111111111111"
FIRM = "22222222-2222-4222-8222-222222222222"
CHAMBER = "33333333-3333-4333-8333-333333333333"


@pytest.fixture(scope="module")
def nsr() -> Instrument:
    def load(name: str) -> Any:
        return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))

    texts = {language: load(f"nsr-1.0.0.{language}.yaml") for language in ("de", "en")}
    return parse(load("nsr-1.0.0.yaml"), texts)


NETWORK = Network(
    actors=(
        Actor(SCHOOL, "school", "known", "1"),
        Actor(FIRM, "company", "known", "3"),
        Actor(CHAMBER, "chamber", "missing"),
    ),
    ties=(Tie(SCHOOL, FIRM, 2),),
)
ANSWERS = {
    "A1.text": "Wir bringen Jugendliche und Betriebe zusammen.",
    "A4.choice": "trial",
    "C2.now.connect": "6",
    "C2.now.steer": "4",
    "D1.choice": "2",
    "D6.choice": "na",
    "D8.choice": "0",
    "E2.1.what": "Die Kammer einladen",
}


def _left(nsr: Instrument, answers: dict[str, str], network: Network) -> list[str]:
    found = missing_required(nsr, "start", "short", answers, network)
    return [item.id for item in found]


def test_an_empty_short_form_misses_all_its_required_prompts(nsr: Instrument) -> None:
    assert _left(nsr, {}, Network()) == [
        *("A1", "A4", "B1", "B2", "B3", "B5", "C2", "D1", "D6", "D8", "E2")
    ]


def test_a_filled_short_form_misses_nothing(nsr: Instrument) -> None:
    assert _left(nsr, ANSWERS, NETWORK) == []
    assert progress(nsr, "start", "short", ANSWERS, NETWORK) == (11, 12)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"C2.now.steer": "3"}, ["C2"]),
        ({"C2.now.whole": "1"}, ["C2"]),
        ({"E2.1.what": "", "E2.2.what": "Etwas"}, []),
        ({"E2.1.what": "", "E2.1.sign": "Etwas"}, ["E2"]),
        ({"A1.text": ""}, ["A1"]),
        ({"D6.choice": "", "D6.note": "Ein Beleg"}, ["D6"]),
    ],
)
def test_what_counts_as_an_answer(
    nsr: Instrument, change: dict[str, str], left: list[str]
) -> None:
    assert _left(nsr, {**ANSWERS, **change}, NETWORK) == left


def test_an_actor_without_closeness_leaves_that_prompt_open(nsr: Instrument) -> None:
    far = Network((*NETWORK.actors, Actor(FIRM[::-1], "club", "known")), NETWORK.ties)

    assert _left(nsr, ANSWERS, far) == ["B2"]


def test_nobody_missing_and_no_ties_can_be_said_in_so_many_words(
    nsr: Instrument,
) -> None:
    alone = Network(actors=NETWORK.actors[:2])
    said = {**ANSWERS, "B3.none": "1", "B5.note": "Niemand, alle sind dabei."}

    assert _left(nsr, ANSWERS, alone) == ["B3", "B5"]
    assert _left(nsr, said, alone) == []


def test_an_actor_who_left_is_neither_known_nor_missing(nsr: Instrument) -> None:
    gone = Network(actors=(Actor(SCHOOL, "school", "left"),))

    assert not is_answered(nsr.item("B1"), {}, gone)
    assert not is_answered(nsr.item("B5"), {}, gone)


def test_no_two_fields_share_a_path_in_any_phase(nsr: Instrument) -> None:
    for phase in PHASES:
        asked = visible_items(nsr, phase, "full", {})
        paths = [field.path for item in asked for field in fields(item, phase)]

        assert len(paths) == len(set(paths)) == len(fields_by_path(nsr, phase))


def test_the_end_asks_how_the_start_looks_today(nsr: Instrument) -> None:
    def paths(phase: str) -> list[str]:
        return [field.path for field in fields(nsr.item("D1"), phase)]

    assert paths("start") == ["D1.choice", "D1.note"]
    assert paths("end") == ["D1.choice", "D1.hindsight", "D1.note"]


OPTIONS = ("time", "money", "na")


@pytest.mark.parametrize(
    ("kind", "raw", "kept"),
    [
        (Kind.TEXT, "  Grüße\r\nzweite Zeile ", "Grüße\nzweite Zeile"),
        (Kind.LINE, "\x00kurz", "kurz"),
        (Kind.CHOICE, "money", "money"),
        (Kind.CHOICE, "", ""),
        (Kind.MULTI, "na,time", "time,na"),
        (Kind.POINTS, " 07 ", "7"),
        (Kind.POINTS, "", ""),
        (Kind.DATE, "2026-06-20", "2026-06-20"),
        (Kind.DATE, "", ""),
        (Kind.ACTOR, SCHOOL, SCHOOL),
        (Kind.FLAG, "on", "1"),
        (Kind.FLAG, "", ""),
    ],
)
def test_a_value_is_kept_in_one_form(kind: Kind, raw: str, kept: str) -> None:
    assert clean(Field("X1.x", kind, OPTIONS), raw) == kept


@pytest.mark.parametrize(
    ("kind", "raw", "reason"),
    [
        (Kind.TEXT, "x" * 4001, Unfit.TOO_LONG),
        (Kind.CHOICE, "gold", Unfit.NO_OPTION),
        (Kind.CHOICE, "time,money", Unfit.NO_OPTION),
        (Kind.MULTI, "time,gold", Unfit.NO_OPTION),
        (Kind.POINTS, "11", Unfit.NO_POINTS),
        (Kind.POINTS, "-1", Unfit.NO_POINTS),
        (Kind.POINTS, "²", Unfit.NO_POINTS),
        (Kind.DATE, "20.06.2026", Unfit.NO_DATE),
        (Kind.ACTOR, "everyone", Unfit.NO_ACTOR),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_reason(
    kind: Kind, raw: str, reason: Unfit
) -> None:
    with pytest.raises(UnfitError) as caught:
        clean(Field("X1.x", kind, OPTIONS), raw)

    assert caught.value.reason is reason
