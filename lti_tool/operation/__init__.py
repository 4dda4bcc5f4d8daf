"""Running an installation: server, worker, database, practice."""
