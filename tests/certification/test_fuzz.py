"""Odd launches, correctly signed and fresh, get a page or a refusal and never an error of ours."""

from collections import Counter
from collections.abc import Callable

import hypothesis
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.certification.forging import ForgingPlatform, KeyServer
from tests.certification.launching import Attempt, Changes
from tests.certification.strategies import nearly_right
from tests.certification.table import METHODS, NOT_TOLD, ROLES

PROFILE = hypothesis.settings.get_current_profile_name()
EXAMPLES = 20_000 if PROFILE == "deep" else 2_000
LEAST_ACCEPTED = 0.2


def test_no_odd_launch_is_an_error_of_ours(
    shared_app: Flask,
    key_server: KeyServer,
    record_property: Callable[[str, object], None],
) -> None:
    platform, answers = ForgingPlatform(shared_app, key_server), Counter[str]()

    @hypothesis.settings(
        max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None
    )
    @given(
        changes=nearly_right(),
        role=st.sampled_from(ROLES),
        method=st.sampled_from(METHODS),
        looks=st.integers(0, 9),
    )
    def launch(changes: Changes, role: str, method: str, looks: int) -> None:
        attempt = Attempt(platform, role, method, changes)
        answer = attempt.run()
        answers["accepted" if answer.status_code < 400 else "refused"] += 1
        assert answer.status_code < 500
        if answer.status_code >= 400:
            assert [said for said in NOT_TOLD if said in answer.text] == []
        elif looks == 7:
            # Whoever has no role that we know gets in and sees no page of an activity.
            assert attempt.page(answer).status_code in {200, 403}

    launch()
    shares = {name: count / answers.total() for name, count in answers.items()}
    line = f"{answers.total():,} odd launches: " + ", ".join(
        f"{answers[name]:,} {name} ({share:.0%})" for name, share in shares.items()
    )
    print(line)
    record_property("summary", line)
    assert answers.total() >= EXAMPLES
    assert shares["accepted"] >= LEAST_ACCEPTED
