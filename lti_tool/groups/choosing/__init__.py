"""Participants who choose their groups themselves."""
