"""What a lead can get wrong in the forms of a formation is said in the form."""

import pytest

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize(
    "sizes",
    [
        {"size_min": "3"},
        {"size_preferred": "4"},
        {"size_max": "5"},
        {"size_min": "3", "size_max": "5"},
    ],
)
def test_all_three_sizes_are_asked_for(room, sizes):
    answer = room.lead.post(
        "groups/new", {"title": "Groups", "groups_wanted": "4", **sizes}
    )

    assert answer.status_code == 422
    assert "Give all three sizes, or none." in answer.text


def test_sizes_out_of_order_are_refused(room):
    sizes = {"size_min": "5", "size_preferred": "4", "size_max": "3"}

    answer = room.lead.post(
        "groups/new", {"title": "Groups", "groups_wanted": "4", **sizes}
    )

    assert answer.status_code == 422
    assert "from smallest to largest" in answer.text


def test_a_topic_of_many_words_is_shown_again_to_be_shortened(room):
    room.open()

    answer = room.lead.post("groups/1/topics", {"titles": "Short\n" + "long " * 30})

    assert answer.status_code == 422
    assert "120 characters at most" in answer.text
    assert "long long" in answer.text
