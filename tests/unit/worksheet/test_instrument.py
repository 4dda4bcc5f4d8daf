from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import lti_tool
from lti_tool.worksheet.instrument import (
    FORMS,
    PHASES,
    Condition,
    Instrument,
    pages,
    visible_items,
)
from lti_tool.worksheet.schema import InstrumentError, lost_items, parse

FOLDER = Path(lti_tool.__path__[0]) / "worksheet" / "instruments"


def _load(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def _files() -> tuple[Any, dict[str, Any]]:
    texts = {language: _load(f"nsr-1.0.0.{language}.yaml") for language in ("de", "en")}
    return _load("nsr-1.0.0.yaml"), texts


NSR = parse(*_files())


@pytest.fixture
def nsr() -> Instrument:
    return NSR


def _faults(structure: Any, texts: Any) -> str:
    with pytest.raises(InstrumentError) as caught:
        parse(structure, texts)
    return str(caught.value)


def test_the_released_instrument_has_thirty_prompts_in_both_languages(
    nsr: Instrument,
) -> None:
    assert len(nsr.items) == 30
    assert nsr.say("de", "items", "B5", "prompt") == "Wer fehlt?"
    assert nsr.say("en", "items", "B5", "prompt") == "Who is missing?"


@pytest.mark.parametrize(
    ("phase", "short", "full"), [("start", 12, 25), ("mid", 12, 25), ("end", 13, 26)]
)
def test_the_short_form_asks_about_twelve_prompts(
    nsr: Instrument, phase: str, short: int, full: int
) -> None:
    assert len(visible_items(nsr, phase, "short", {})) == short
    assert len(visible_items(nsr, phase, "full", {})) == full


def test_the_required_prompts_of_the_full_form_are_the_agreed_ones(
    nsr: Instrument,
) -> None:
    required = [item.id for item in nsr.items if item.required]

    assert required == [
        *("A1", "A4", "B1", "B2", "B3", "B5", "C2"),
        *(f"D{number}" for number in range(1, 9)),
        *("E2", "F1"),
    ]


@given(phase=st.sampled_from(PHASES), form=st.sampled_from(FORMS))
def test_pages_show_every_visible_prompt_once_and_three_at_most(
    phase: str, form: str
) -> None:
    shown = pages(NSR, phase, form, {})

    assert [item for page in shown for item in page.items] == list(
        visible_items(NSR, phase, form, {})
    )
    assert all(1 <= len(page.items) <= 3 for page in shown)
    assert all(item.section == page.section for page in shown for item in page.items)
    assert [page.number for page in shown] == list(range(1, len(shown) + 1))


def test_the_hash_ignores_the_order_of_keys_and_sees_every_word(
    nsr: Instrument,
) -> None:
    structure, texts = _files()
    reordered = dict(reversed(structure.items()))
    reworded = {**texts, "de": {**texts["de"], "title": "Netzwerkblatt"}}

    assert parse(reordered, texts).sha256 == nsr.sha256
    assert parse(structure, reworded).sha256 != nsr.sha256


def test_a_missing_translation_is_named() -> None:
    structure, texts = _files()
    del texts["en"]["items"]["A3"]["options"]["office"]

    assert _faults(structure, texts) == "en: items.A3.options.office is missing"


def test_a_language_without_a_file_is_named() -> None:
    structure, texts = _files()
    del texts["de"]

    assert _faults(structure, texts) == "de: no texts"


def _without(key: str) -> Any:
    return lambda structure: structure.pop(key)


def _first(**change: Any) -> Any:
    return lambda structure: structure["sections"][0]["items"][0].update(change)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_without("phases"), "phases: missing"),
        (_first(id="A2"), "A2: id used twice"),
        (_first(id="first"), "an id is a letter and a number"),
        (_first(type="poem"), "unknown type poem"),
        (_first(phases=["middle"]), "unknown phases"),
        (_first(colour="red"), "unknown keys"),
        (_first(type="choice"), "two options"),
        (_first(type="scale"), "needs a scale"),
        (_first(type="action"), "needs rows"),
        (_first(show_if={"item": "Z9", "values": ["x"]}), "names unknown Z9"),
        (_first(show_if={"item": "A4", "values": ["x"]}), "knows no ['x']"),
        (_first(show_if={"item": "C1", "values": ["x"]}), "one choice"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_faulty_structure_is_refused_with_its_reason(spoil: Any, fault: str) -> None:
    structure, texts = _files()

    spoil(structure)

    assert fault in _faults(structure, texts)


def test_conditions_that_lead_back_to_themselves_are_refused() -> None:
    structure, texts = _files()
    items = {item["id"]: item for item in structure["sections"][0]["items"]}
    items["A3"]["show_if"] = {"item": "A4", "values": ["setup"]}
    items["A4"]["show_if"] = {"item": "A3", "values": ["office"]}

    assert "A3: show_if leads back to itself" in _faults(structure, texts)


def _with_condition(nsr: Instrument, condition: Condition) -> Instrument:
    section = nsr.sections[0]
    items = (replace(section.items[0], show_if=condition), *section.items[1:])
    return replace(nsr, sections=(replace(section, items=items), *nsr.sections[1:]))


def test_a_prompt_hides_until_its_condition_is_answered(nsr: Instrument) -> None:
    conditional = _with_condition(nsr, Condition("A4", ("trial",)))

    def shown(answer: str) -> bool:
        found = visible_items(conditional, "start", "full", {"A4.choice": answer})
        return found[0].id == "A1"

    assert shown("trial")
    assert not shown("setup")
    assert not shown("")


def test_the_short_form_ignores_a_condition_on_a_prompt_it_does_not_ask(
    nsr: Instrument,
) -> None:
    conditional = _with_condition(nsr, Condition("A3", ("office",)))

    assert visible_items(conditional, "start", "short", {})[0].id == "A1"
    assert visible_items(conditional, "start", "full", {})[0].id == "A2"


def test_a_newer_version_must_keep_every_id_and_its_type(nsr: Instrument) -> None:
    section = nsr.sections[0]
    retyped = replace(section.items[1], type="text", options=())
    newer = replace(
        nsr,
        sections=(replace(section, items=(retyped, *section.items[2:])),),
    )

    assert lost_items(nsr, nsr) == ()
    assert lost_items(nsr, newer)[:2] == ("A1", "A2")


def test_a_text_in_an_unknown_language_falls_back_to_the_first_one(
    nsr: Instrument,
) -> None:
    assert nsr.say("fr", "items", "B5", "prompt") == "Wer fehlt?"
    assert nsr.say("de", "items", "A1", "nothing") == ""
