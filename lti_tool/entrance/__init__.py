"""The HTTP doorway: login, launch, keys."""
