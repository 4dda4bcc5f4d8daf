"""What a tool that may keep no cookies can leave in the LMS's page: LTI Platform Storage 0.1."""

import re
from dataclasses import dataclass

PARENT = "_parent"
_FRAME_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, kw_only=True)
class PlatformStorage:
    """Who answers the tool's messages: the page around it, or a hidden frame beside it.

    `legacy` platforms know the draft's names of the messages only; one that is not named in the
    login request is found by asking for its capabilities.
    """

    target: str = PARENT
    legacy: bool = False
    is_named: bool = True

    def __post_init__(self) -> None:
        if self.target != PARENT and not _FRAME_NAME.fullmatch(self.target):
            message = f"target must be {PARENT} or the name of a frame"
            raise ValueError(message)

    @property
    def frame(self) -> str | None:
        """The name of the hidden frame, if one answers."""
        return None if self.target == PARENT else self.target

    @property
    def prefix(self) -> str:
        """How the subject of each message begins."""
        return "org.imsglobal.lti." if self.legacy else "lti."

    def login_fields(self, target: str) -> dict[str, str]:
        """Return what a login request says of it; out of a window there is nobody to ask."""
        is_said = self.is_named and target == "iframe"
        return {"lti_storage_target": self.target} if is_said else {}
