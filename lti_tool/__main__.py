"""``python -m lti_tool`` is ``lti-tool``."""

from lti_tool.cli import main

main()
