"""Publications: what participants are told of their groups, version by version."""
