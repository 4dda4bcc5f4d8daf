"""How others deliver grades, to set beside ours: a queue library that holds the truth.

One task per score: ``deliver`` tries for as long as it takes; ``deliver_twice_more`` has the
retry policy of hypothesis/lms: two retries, after up to 10 and up to 20 seconds.
"""

import random

import requests
from huey import SqliteHuey

from lti_tool.gradebook.delivery import PER_PLATFORM

_RETRIES = 2
_BACKOFF = 10.0


class Queue:
    """The queue of one control, in a file."""

    def __init__(self, file: str) -> None:
        self.huey = SqliteHuey("control", filename=file, results=False)
        self.deliver = self.huey.task(retries=200, retry_delay=1)(_post)
        self.deliver_twice_more = self.huey.task(name="twice")(self._try)

    def is_empty(self) -> bool:
        return not (self.huey.pending_count() or self.huey.scheduled_count())

    def _try(self, url: str, score: dict[str, object], attempt: int = 0) -> None:
        try:
            _post(url, score)
        except requests.RequestException:
            if attempt < _RETRIES:
                # Jitter over the whole time, as celery does unless told otherwise.
                delay = random.uniform(0, _BACKOFF * 2**attempt)  # noqa: S311
                self.deliver_twice_more.schedule((url, score, attempt + 1), delay=delay)


def _post(url: str, score: dict[str, object]) -> None:
    answer = requests.post(url, json=score, timeout=10)
    if answer.status_code != requests.codes.conflict:
        answer.raise_for_status()


def consume(file: str) -> None:
    """Work on the queue until killed."""
    # Huey finds a task by its module, so this must not run as the main one.
    consumer = Queue(file).huey.create_consumer(
        workers=PER_PLATFORM, periodic=False, max_delay=0.1
    )
    consumer.run()
