"""Hand-ins, slots and reviews."""
