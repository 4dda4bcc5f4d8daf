"""What a teacher does in the gradebook: enter a grade, lift that again, delete one, lock one."""

import math
from collections.abc import Callable, Mapping

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from lti_tool.practice_lms.gradebook import LineItem
from lti_tool.practice_lms.lms import current_lms

by_hand = Blueprint("by_hand", __name__, url_prefix="/course/<key>/gradebook")


@by_hand.post("/<int:item_id>/<sub>")
def change(key: str, item_id: int, sub: str) -> Response:
    """Change one cell of the gradebook and show it."""
    course = current_lms().world.find_course(key) or abort(404)
    item = current_lms().gradebook.find_line_item(item_id)
    if item is None or item.context_id != course.context_id:
        abort(404)
    if course.find_member(sub) is None:
        abort(404)
    act = _ACTS.get(request.form.get("do", "")) or abort(400)
    act(item, sub)
    return redirect(
        url_for("pages.gradebook", key=key, _anchor=f"{item_id}-{sub}"), 303
    )


def _enter(item: LineItem, sub: str) -> None:
    points = request.form.get("points", type=float)
    if points is None or not math.isfinite(points):
        abort(400, "Enter the points as a number")
    given = min(max(points, 0.0), item.maximum)
    current_lms().gradebook.override(item.id, sub, given, _now())


def _lift(item: LineItem, sub: str) -> None:
    current_lms().gradebook.lift(item.id, sub, _now())


def _delete(item: LineItem, sub: str) -> None:
    current_lms().gradebook.forget(item.id, sub)


def _lock(item: LineItem, sub: str) -> None:
    current_lms().gradebook.lock(item.id, sub)


def _unlock(item: LineItem, sub: str) -> None:
    current_lms().gradebook.lock(item.id, sub, locked=False)


_ACTS: Mapping[str, Callable[[LineItem, str], None]] = {
    "enter": _enter,
    "lift": _lift,
    "delete": _delete,
    "lock": _lock,
    "unlock": _unlock,
}


def _now() -> int:
    return int(current_lms().clock())
