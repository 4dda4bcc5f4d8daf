"""The rules that good groups keep, as cards in order of priority."""
