"""Forming groups together in one room, on the projector and on phones."""
