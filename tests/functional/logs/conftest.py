from tests.functional.gradebook.conftest import (  # noqa: F401  # The same course, tool and LMS.
    course,
    lms,
    platform_file,
    served_tool,
    settings,
    tool_key,
)
