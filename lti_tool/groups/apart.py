"""What a process that only computes takes upon itself, and what it is not told."""

import contextlib
import os
import resource
from pathlib import Path

_PATIENCE = 5
"""How much such a process leaves to those that answer people."""
_MEMORY = 3 * 2**30
"""Bytes that it may address; the largest courses need about a quarter."""


def environment() -> dict[str, str]:
    """Return the environment of such a process: without settings and secrets."""
    return {k: v for k, v in os.environ.items() if not k.startswith("LTI_TOOL_")}


def step_back() -> None:
    """Let others go first, take no more memory than is due, and be the first to go."""
    os.nice(_PATIENCE)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = _MEMORY if hard == resource.RLIM_INFINITY else min(_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    # Where memory runs out the system should end this process and no other.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
