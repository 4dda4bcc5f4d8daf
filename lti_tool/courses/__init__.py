"""Course, people and their duties; what all features share."""
