"""The group at work: hand-ins and their review."""
