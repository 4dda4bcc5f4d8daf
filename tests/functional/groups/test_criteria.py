"""Rules as cards and pairs: what leads say, what becomes of it, and whether it can all be kept."""

import re
from html import unescape

import pytest

from lti_tool.courses import service as courses
from lti_tool.groups import posing, service

RULES = "groups/1/rules"
WORST = {"most": "1"}


def problem(room):
    with room.database.reading(1) as session:
        return posing.problem_of(session, service.get_formation(session, 1))


def person(room, name):
    with room.database.reading(1) as session:
        return {p.name: p.person_id for p in courses.participants(session)}[name]


def pair(room, first, second, bonding="apart", strength="must", note=""):
    return room.lead.post(
        "groups/1/pairs",
        {
            "first": person(room, first),
            "second": person(room, second),
            "bonding": bonding,
            "strength": strength,
            "note": note,
        },
    ).text


def add(room, kind, **form):
    return unescape(room.lead.post(f"{RULES}/new/{kind}", form).text)


def notice(page):
    found = re.search(
        r"<div data-checked.*?>(.*?)</div>\s*(?:<form|<section|<p)", page, re.DOTALL
    )
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(found[1]))).strip()


def test_without_cards_only_wishes_and_sizes_count(ranked):
    assert problem(ranked).wishes_and_sizes_only
    assert "There are no rules yet" in ranked.lead.get(RULES).text
    assert "All rules can be kept." in ranked.lead.get(RULES).text


@pytest.mark.parametrize(
    ("kind", "form", "sentence"),
    [
        ("worst_wish", {"most": "3"}, "Nobody who answered gets less than: 3rd wish."),
        (
            "sizes",
            {"least": "3", "wanted": "4", "most": "5", "strength": "nice"},
            "3 to 5 people in a group, preferably 4.",
        ),
        ("groups", {"least": "3", "most": "4"}, "There are 3 to 4 groups."),
        (
            "capacity",
            {"topics": ["1", "2"], "most": "1"},
            "At most 1 groups work on Lernorte im Hafen and Elternabende together.",
        ),
        (
            "spread",
            {
                "attribute": "experience",
                "most": "2",
                "strength": "must",
                "purpose": "Learning",
            },
            "At most 2 people of a group are alike in:",
        ),
        (
            "not_alone",
            {"about": "network_kind", "strength": "important", "purpose": "Support"},
            "Nobody in a group is alone in:",
        ),
        (
            "times",
            {"least": "1", "wanted": "3", "strength": "important"},
            "Each group has at least 1 common times, and 3 if possible.",
        ),
        ("people", {"strength": "nice"}, "People are with those whom they named"),
    ],
)
def test_every_kind_of_card_can_be_added_and_says_what_it_demands(
    ranked, kind, form, sentence
):
    assert ranked.lead.get(f"{RULES}/new/{kind}").status_code == 200

    assert sentence in add(ranked, kind, **form)

    assert ranked.lead.get(f"{RULES}/1").status_code == 200
    assert sentence in unescape(ranked.lead.post(f"{RULES}/1", form).text)
