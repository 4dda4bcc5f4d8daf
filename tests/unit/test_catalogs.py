"""Every text speaks German, and the same English speaks the same German everywhere."""

import re
from collections import defaultdict
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from lti_tool.resources import template_dir, translation_dirs
from tests import messages

PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%%")
every_catalog = pytest.mark.parametrize("name", messages.names())


@cache
def catalog(name: str) -> Catalog:
    with messages.file_of(name).open("rb") as file:
        return read_po(file, locale="de")


@cache
def extracted(name: str) -> Catalog:
    return messages.extracted(name)


def texts(name: str) -> list[Message]:
    return [message for message in catalog(name) if message.id]


def forms(message: Message, *, german: bool) -> tuple[str, ...]:
    wording = message.string if german else message.id
    return wording if isinstance(wording, tuple) else (wording,)


def test_every_feature_with_pages_has_a_catalog() -> None:
    folders = {
        f.name for f in template_dir().iterdir() if f.is_dir() and any(f.iterdir())
    }

    # The texts of the doorway's own pages stand in the shared catalog.
    assert folders - {"entrance"} <= set(messages.names())
    assert {folder.name for folder in translation_dirs()} == set(messages.names())


@every_catalog
def test_every_text_is_translated_and_none_is_guessed(name: str) -> None:
    assert [m.id for m in messages.untranslated(catalog(name))] == []


@every_catalog
def test_the_catalog_holds_the_texts_of_code_and_templates(name: str) -> None:
    here = {m.id for m in extracted(name) if m.id}

    assert sorted(map(str, here ^ {m.id for m in texts(name)})) == []


@every_catalog
def test_german_and_english_have_the_same_placeholders(name: str) -> None:
    for message in texts(name):
        english = forms(message, german=False)
        wanted = [set(PLACEHOLDER.findall(text)) for text in english]
        for german in forms(message, german=True):
            # A singular may say "one" where the plural counts.
            assert set(PLACEHOLDER.findall(german)) in wanted, message.id


def test_the_same_english_is_the_same_german_everywhere() -> None:
    germans: defaultdict[tuple[object, ...], dict[object, str]] = defaultdict(dict)
    for name in messages.names():
        for message in texts(name):
            germans[(message.context, message.id)][message.string] = name

    assert {key: said for key, said in germans.items() if len(said) > 1} == {}


@every_catalog
def test_german_addresses_people_with_sie(name: str) -> None:
    familiar = re.compile(r"\b(?:[Dd]u|[Dd]ein\w*|[Dd]ich|[Dd]ir)\b")

    assert [
        t for m in texts(name) for t in forms(m, german=True) if familiar.search(t)
    ] == []
