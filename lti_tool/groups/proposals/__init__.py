"""Proposals: computed in the background, looked at, compared, moved by hand."""
