"""An Open edX in small: its real LTI consumer, and around it only what that asks an LMS for.

It runs in an environment of its own and shares no code with the tool:
`OPENEDX_PORT=… OPENEDX_FOLDER=… DJANGO_SETTINGS_MODULE=… python -m tests.interop.openedx`.
"""
