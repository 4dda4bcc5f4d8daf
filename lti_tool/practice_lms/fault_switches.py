"""The address under which tests of other processes switch and count."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from lti_tool.practice_lms.faults import Fault
from lti_tool.practice_lms.lms import PracticeLMS, current_lms
from lti_tool.practice_lms.platform_storage import PlatformStorage

fault_switches = Blueprint("fault_switches", __name__)


@fault_switches.get("/faults")
def show() -> Response:
    """Show the waiting failures, the answers given, and every score received."""
    lms = current_lms()
    return jsonify(
        faults=[asdict(fault) for fault in lms.faults.all()],
        answers=lms.traffic.answers(),
        platform_storage=lms.platform_storage and asdict(lms.platform_storage),
        scores=[
            {**asdict(score), "applied": score.applied}
            for score in lms.gradebook.scores()
        ],
    )


@fault_switches.post("/faults")
def switch_on() -> Response:
    """Add a failure, do what a teacher does, or offer platform storage.

    A teacher can `lock`, `unlock` and `override`; `{"platform_storage": null}` ends the offer.
    """
    wanted: Any = request.get_json()
    if not isinstance(wanted, dict):
        abort(400, "Send a JSON object")
    lms = current_lms()
    try:
        if "teacher" in wanted:
            _act_as_teacher(lms, wanted)
        elif "platform_storage" in wanted:
            offered = wanted["platform_storage"]
            lms.platform_storage = (
                None if offered is None else PlatformStorage(**offered)
            )
        else:
            lms.faults.add(Fault(**wanted))
    except (KeyError, TypeError, ValueError) as error:
        abort(400, f"Not a fault: {error}")
    return show()


def _act_as_teacher(lms: PracticeLMS, wanted: dict[str, Any]) -> None:
    action = wanted["teacher"]
    line_item, sub = int(wanted["line_item"]), str(wanted["user"])
    if action == "override":
        final = float(wanted["grade"])
        lms.gradebook.override(line_item, sub, final, int(lms.clock()))
    elif action in ("lock", "unlock"):
        lms.gradebook.lock(line_item, sub, locked=action == "lock")
    else:
        raise ValueError(f"a teacher cannot {action}")


@fault_switches.delete("/faults")
def switch_off() -> Response:
    """Switch all failures off and count from zero."""
    lms = current_lms()
    lms.faults.clear()
    lms.traffic.forget()
    return show()
