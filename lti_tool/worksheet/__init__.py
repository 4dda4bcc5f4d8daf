"""The network self-reflection worksheet."""
