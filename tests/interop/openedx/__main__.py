"""Makes the tables and serves until it is ended."""

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.servers import basehttp

django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)

from tests.interop.openedx import lms  # noqa: E402  # Tables and settings come first.

lms.take_the_place_of_edx_platform()
basehttp.run("127.0.0.1", settings.PORT, WSGIHandler(), threading=True)
