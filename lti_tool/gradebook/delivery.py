"""Brings the platforms' gradebooks to what they should say, some requests to each at a time.

A round serves one platform: its own thread claims lanes and notes what came of them, a batch in
each transaction, while a few sender threads do the HTTP.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Collection

import structlog
from structlog.contextvars import bound_contextvars

from lti_tool import clock
from lti_tool.gradebook import lanes
from lti_tool.gradebook.posting import Answer, Delivered, Parcel, post
from lti_tool.lti.connector import Connector
from lti_tool.persistence.session import Database

PER_PLATFORM = 2
"""Requests to one platform at a time; Canvas slows down who makes more than a few."""
_PLATFORMS = 8
"""Platforms at a time; the others come next."""
_ROUND_SECONDS = 30.0
"""How long a platform is served while others wait for their turn."""
_GRACE_SECONDS = 7.0
"""How long a stopping worker waits for answers."""
_AHEAD = 3
"""Lanes claimed for each sender, so that none waits for the database."""
_LOOK_SECONDS = 0.1
_HELD_SECONDS = 0.02
log = structlog.get_logger()


def deliver_due(
    database: Database, connector: Connector, *, per_platform: int = PER_PLATFORM
) -> int:
    """Deliver all that is due now and return how many grades were tried."""
    courier = Courier(database, connector, per_platform=per_platform)
    courier.look()
    courier.wait()
    return courier.tried


class Courier:
    """Delivers in threads of its own, until ``stop`` is set."""

    def __init__(
        self,
        database: Database,
        connector: Connector,
        *,
        per_platform: int = PER_PLATFORM,
        stop: threading.Event | None = None,
    ) -> None:
        self.database, self.connector = database, connector
        self.per_platform = per_platform
        self.stop = stop or threading.Event()
        self.tried = 0
        self._rounds: dict[int, _Round] = {}
        self._changed = threading.Condition()

    def look(self) -> None:
        """See to it that every platform with something due is served; return at once."""
        if self.stop.is_set():
            return
        due = lanes.due_platforms(self.database)
        with self._changed:
            for registration_id in due:
                current = self._rounds.get(registration_id)
                if current is not None:
                    current.look_again()
                elif not self._is_full():
                    self._rounds[registration_id] = _Round(self, registration_id)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for all rounds to end and tell whether they did."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._rounds, seconds)

    def others_wait(self) -> bool:
        """Tell whether platforms may be waiting for a round to end."""
        with self._changed:
            return self._is_full()

    def _is_full(self) -> bool:
        return len(self._rounds) >= _PLATFORMS

    def end(self, finished: "_Round", *, at_any_rate: bool) -> bool:
        """Let a round end, unless something became due since it last looked."""
        with self._changed:
            if finished.is_to_look_again and not at_any_rate:
                return False
            was_full = self._is_full()
            if self._rounds.get(finished.registration_id) is finished:
                del self._rounds[finished.registration_id]
            self.tried += finished.tried
            self._changed.notify_all()
        if was_full:
            self.look()
        return True


class _Round:
    """Serves one platform until nothing is due there."""

    def __init__(self, courier: Courier, registration_id: int) -> None:
        self.registration_id = registration_id
        self.tried = 0
        self.is_to_look_again = False
        self._courier, self._database = courier, courier.database
        self._connector = courier.connector.remembering()
        self._most = courier.per_platform
        self._batch = max(1, self._most // 2)
        self._until = time.monotonic() + _ROUND_SECONDS
        # All below is read and written under one lock; what changes is told to who waits for it.
        lock = threading.Lock()
        self._changed = threading.Condition(lock)
        self._sendable_came = threading.Condition(lock)
        self._backlog: deque[Parcel] = deque()
        self._flying: dict[int, Parcel] = {}
        self._landed: list[Delivered] = []
        self._unsent: list[Parcel] = []
        self._senders = 0
        self._unnoted = 0
        """Sent and not yet noted: what would be sent twice if this process died now."""
        self._is_over = False
        _start(self._run)

    def look_again(self) -> None:
        """Note that something became due."""
        self.is_to_look_again = True
        with self._changed:
            self._changed.notify_all()

    def _run(self) -> None:
        is_broken = True
        try:
            self._serve()
            is_broken = False
        except Exception:
            # The leases end by themselves, and the next look begins anew.
            log.exception("round failed", registration=self.registration_id)
        finally:
            with self._changed:
                self._is_over = True
                self._sendable_came.notify_all()
            if is_broken:
                self._courier.end(self, at_any_rate=True)

    def _serve(self) -> None:
        stop = self._courier.stop
        self._turn([])
        while not stop.is_set():
            if not self._is_empty():
                self._turn(self._collect())
            elif self._courier.end(self, at_any_rate=self._is_late()):
                return
            else:
                self._turn([])
        self._finish_or_release()
        self._courier.end(self, at_any_rate=True)

    def _is_late(self) -> bool:
        return time.monotonic() > self._until and self._courier.others_wait()

    def _is_empty(self) -> bool:
        with self._changed:
            return not (self._backlog or self._flying or self._landed or self._unsent)

    def _turn(self, landed: list[Delivered]) -> None:
        """Note what came of requests, and take the lanes that are sent next."""
        with self._changed:
            unsent, self._unsent = self._unsent, []
            room = self._room()
            in_hand = {*self._flying, *(parcel.grade_id for parcel in self._backlog)}
        if self._is_late() or room < self._batch:
            room = 0
        else:
            self.is_to_look_again = False
        lanes.release(self._database, unsent, sent=False)
        held, parcels = (
            self._noted(landed, room, in_hand) if landed or room else ([], [])
        )
        self.tried += len(landed) - len(held)
        with self._changed:
            self._unnoted -= len(landed) - len(held)
            self._landed.extend(held)
            self._take_up(parcels)
        if held:
            time.sleep(_HELD_SECONDS)

    def _noted(
        self, landed: list[Delivered], room: int, in_hand: Collection[int] = ()
    ) -> tuple[list[Delivered], list[Parcel]]:
        number = self.registration_id
        try:
            return lanes.finish_and_claim(self._database, landed, number, room, in_hand)
        except Exception:
            if not landed:
                raise
            log.exception("finishing failed", grades=len(landed))
        if len(landed) == 1:
            return [], []
        # One that cannot be noted must not keep the others from it.
        return [each for one in landed for each in self._noted([one], 0)[0]], []

    def _take_up(self, parcels: Collection[Parcel]) -> None:
        self._backlog.extend(parcels)
        if any(answer.judgement.spares_platform for _, answer in self._landed):
            self._hold()
        waiting = len(self._backlog) + len(self._flying)
        while self._senders < min(self._most, waiting):
            self._senders += 1
            _start(self._send)
        self._sendable_came.notify_all()

    def _room(self) -> int:
        return _AHEAD * self._most - len(self._backlog) - len(self._flying)

    def _collect(self) -> list[Delivered]:
        """Wait a moment for answers, and return them in batches worth a transaction."""
        with self._changed:
            self._changed.wait_for(self._is_worth_a_turn, _LOOK_SECONDS)
            landed, self._landed = self._landed, []
            return landed

    def _is_worth_a_turn(self) -> bool:
        return (
            len(self._landed) >= self._batch
            or not self._flying
            or bool(self._unsent)
            or (self.is_to_look_again and self._room() >= self._batch)
        )

    def _finish_or_release(self) -> None:
        with self._changed:
            self._hold()
            unsent = self._unsent
        lanes.release(self._database, unsent, sent=False)
        with self._changed:
            self._changed.wait_for(lambda: not self._flying, _GRACE_SECONDS)
            landed, left = self._landed, list(self._flying.values())
        if landed:
            self._noted(landed, 0)
        lanes.release(self._database, left, sent=True)

    # The sender threads

    def _send(self) -> None:
        while (parcel := self._next()) is not None:
            with bound_contextvars(trace_id=parcel.trace_id):
                answer = post(self._database, self._connector, parcel)
            self._land(parcel, answer)

    def _next(self) -> Parcel | None:
        """Wait for a parcel that may be sent now; None when there will be none."""
        with self._changed:
            while not self._is_over:
                parcel = self._sendable()
                if parcel is not None:
                    self._flying[parcel.grade_id] = parcel
                    self._unnoted += 1
                    return parcel
                self._sendable_came.wait()
        return None

    def _sendable(self) -> Parcel | None:
        if self._unnoted >= 2 * self._most:
            return None
        # One looks for a line item, and the others of that column take what it found.
        sought = {p.line_item_id for p in self._flying.values() if not p.line_item_url}
        for parcel in list(self._backlog):
            if parcel.line_item_url or parcel.line_item_id not in sought:
                self._backlog.remove(parcel)
                if clock.now() < parcel.leased_until:
                    return parcel
                # This process stood still for so long that the lane may be somebody else's.
                self._unsent.append(parcel)
        return None

    def _land(self, parcel: Parcel, answer: Answer) -> None:
        with self._changed:
            del self._flying[parcel.grade_id]
            self._landed.append((parcel, answer))
            if answer.judgement.spares_platform:
                self._hold()
            if self._is_worth_a_turn():
                self._changed.notify()

    def _hold(self) -> None:
        """Send nothing more of what was claimed; the gate decides what may be claimed next."""
        self._unsent.extend(self._backlog)
        self._backlog.clear()


def _start(act: Callable[[], None]) -> None:
    # A request that hangs must not keep a process that was asked to stop.
    threading.Thread(target=act, daemon=True).start()
