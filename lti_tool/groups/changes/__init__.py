"""Who comes late and who leaves: new groups with as few moves as possible."""
