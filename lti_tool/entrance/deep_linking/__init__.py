"""The picker: staff add activities to their course from inside the learning platform."""
