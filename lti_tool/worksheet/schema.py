"""Makes an instrument out of its parsed files, or says everything that is wrong.

Pure: standard library only; reading the files is the service's business.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lti_tool.worksheet.instrument import (
    PHASES,
    Condition,
    Instrument,
    Item,
    Section,
    fingerprint,
)

Parsed = Mapping[str, Any]

# What the texts of each type of prompt must say beyond the prompt itself.
WORDS_OF_TYPE: Mapping[str, tuple[str, ...]] = {
    "text": (),
    "choice": (),
    "multi": (),
    "scale": (),
    "maturity": (),
    "role_mix": ("now", "wish"),
    "actors": (),
    "closeness": (),
    "missing_actors": (),
    "ties": ("none",),
    "action": ("what", "whom", "when", "sign"),
}
_WITH_OPTIONS = {"choice", "multi"}
_WITH_SCALE = {"scale", "maturity", "role_mix"}
_CONDITION_TYPES = {"choice", "scale", "maturity"}
_NEEDED_SCALES = ("closeness", "strength")
_ID = re.compile(r"[A-Z][0-9]{1,2}")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


class InstrumentError(ValueError):
    """The files do not make an instrument; `faults` lists every reason."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


def parse(structure: Parsed, texts: Mapping[str, Parsed]) -> Instrument:
    """Return the instrument; InstrumentError names everything that is wrong."""
    if faults := list(_head_faults(structure)):
        raise InstrumentError(faults)
    scales = {name: tuple(levels) for name, levels in structure["scales"].items()}
    if faults := [
        fault for entry in _entries(structure) for fault in _entry_faults(entry, scales)
    ]:
        raise InstrumentError(faults)
    instrument = Instrument(
        name=structure["instrument"],
        version=structure["version"],
        phases=tuple(structure["phases"]),
        languages=tuple(structure["languages"]),
        scales=scales,
        actor_types=tuple(structure["actor_types"]),
        sections=tuple(_section(raw, scales) for raw in structure["sections"]),
        texts=dict(texts),
        sha256=fingerprint(structure, texts),
    )
    if faults := [*_structure_faults(instrument), *_text_faults(instrument)]:
        raise InstrumentError(faults)
    return instrument


def lost_items(older: Instrument, newer: Instrument) -> tuple[str, ...]:
    """Return the ids that a newer version dropped or gave to another type of prompt."""
    now = {item.id: item.type for item in newer.items}
    return tuple(item.id for item in older.items if now.get(item.id) != item.type)


def _entries(structure: Parsed) -> Iterator[Parsed]:
    for section in structure["sections"]:
        yield from section["items"]


def _section(raw: Parsed, scales: Mapping[str, tuple[str, ...]]) -> Section:
    items = tuple(_item(entry, raw["id"], scales) for entry in raw["items"])
    return Section(raw["id"], items)


def _item(entry: Parsed, section: str, scales: Mapping[str, tuple[str, ...]]) -> Item:
    condition = entry.get("show_if")
    scale = entry.get("scale", "")
    return Item(
        id=entry["id"],
        section=section,
        type=entry["type"],
        phases=tuple(entry["phases"]),
        required=entry.get("required", False),
        short=entry.get("short", False),
        compare=entry.get("compare", False),
        note=entry.get("note", False),
        options=scales[scale] if scale else tuple(entry.get("options", ())),
        scale=scale,
        rows=entry.get("rows", 0),
        show_if=Condition(condition["item"], tuple(condition["values"]))
        if condition
        else None,
    )


def _head_faults(structure: Parsed) -> Iterator[str]:
    needed = {
        "instrument": str,
        "version": str,
        "languages": list,
        "phases": list,
        "actor_types": list,
        "scales": dict,
        "sections": list,
    }
    for key, kind in needed.items():
        if not isinstance(structure.get(key), kind) or not structure[key]:
            yield f"{key}: missing or not a {kind.__name__}"
    for section in structure.get("sections") or ():
        if not section.get("id") or not isinstance(section.get("items"), list):
            yield "sections: each needs an id and items"


def _entry_faults(
    entry: Parsed, scales: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    name = str(entry.get("id", "?"))
    kind = entry.get("type")
    if not _ID.fullmatch(name):
        yield f"{name}: an id is a letter and a number"
    if kind not in WORDS_OF_TYPE:
        yield f"{name}: unknown type {kind}"
    if not entry.get("phases"):
        yield f"{name}: in no phase"
    if kind in _WITH_OPTIONS and len(entry.get("options", ())) < len("ab"):
        yield f"{name}: needs two options or more"
    if kind in _WITH_SCALE and entry.get("scale") not in scales:
        yield f"{name}: needs a scale"
    if kind == "action" and entry.get("rows", 0) < 1:
        yield f"{name}: needs rows"
    if unknown := set(entry) - set(Item.__slots__):
        yield f"{name}: unknown keys {sorted(unknown)}"


def _structure_faults(instrument: Instrument) -> Iterator[str]:
    if not _VERSION.fullmatch(instrument.version):
        yield f"version: {instrument.version} is not like 1.0.0"
    if strange := set(instrument.phases) - set(PHASES):
        yield f"phases: unknown {sorted(strange)}"
    for name in _NEEDED_SCALES:
        if name not in instrument.scales:
            yield f"scales: {name} is missing"
    seen: set[str] = set()
    for item in instrument.items:
        if item.id in seen:
            yield f"{item.id}: id used twice"
        seen.add(item.id)
        if strange := set(item.phases) - set(instrument.phases):
            yield f"{item.id}: unknown phases {sorted(strange)}"
    yield from _condition_faults({item.id: item for item in instrument.items})


def _condition_faults(items: Mapping[str, Item]) -> Iterator[str]:
    for item in items.values():
        if item.show_if is None:
            continue
        asked = items.get(item.show_if.item)
        if asked is None:
            yield f"{item.id}: show_if names unknown {item.show_if.item}"
        elif asked.type not in _CONDITION_TYPES:
            yield f"{item.id}: show_if needs a prompt with one choice"
        elif strange := set(item.show_if.values) - set(asked.options):
            yield f"{item.id}: show_if knows no {sorted(strange)}"
        if _leads_back(item, items):
            yield f"{item.id}: show_if leads back to itself"


def _leads_back(item: Item, items: Mapping[str, Item]) -> bool:
    here: Item | None = item
    for _ in items:
        if here is None or here.show_if is None:
            return False
        if here.show_if.item == item.id:
            return True
        here = items.get(here.show_if.item)
    return False


def _text_faults(instrument: Instrument) -> Iterator[str]:
    for language in instrument.languages:
        if language not in instrument.texts:
            yield f"{language}: no texts"
            continue
        for keys in _needed_texts(instrument):
            if not instrument.say(language, *keys).strip():
                yield f"{language}: {'.'.join(keys)} is missing"
        known = {item.id for item in instrument.items}
        if strange := set(instrument.texts[language].get("items", ())) - known:
            yield f"{language}: texts for unknown {sorted(strange)}"


def _needed_texts(instrument: Instrument) -> Iterator[tuple[str, ...]]:
    yield ("title",)
    yield ("hindsight",)
    for section in instrument.sections:
        yield ("sections", section.id, "title")
    for kind in instrument.actor_types:
        yield ("actor_types", kind, "label")
        yield ("actor_types", kind, "alias")
    for scale, levels in instrument.scales.items():
        for level in levels:
            yield ("scales", scale, level)
    for item in instrument.items:
        yield from _needed_texts_of(item)


def _needed_texts_of(item: Item) -> Iterator[tuple[str, ...]]:
    yield ("items", item.id, "prompt")
    if item.note:
        yield ("items", item.id, "note")
    for word in WORDS_OF_TYPE[item.type]:
        yield ("items", item.id, word)
    if not item.scale:
        for option in item.options:
            yield ("items", item.id, "options", option)
