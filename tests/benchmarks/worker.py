"""The worker that is shipped, with another number of requests to a platform at a time."""

import os
import sys

from lti_tool.app import build_tool
from lti_tool.jobs import Jobs
from lti_tool.logs import configure
from lti_tool.settings import Settings

if __name__ == "__main__":
    configure()
    settings = Settings.from_environ(os.environ)
    jobs = Jobs(settings, per_platform=int(sys.argv[1]))
    tool = build_tool(settings, jobs.ring)
    jobs.work(tool)
    tool.database.close()
