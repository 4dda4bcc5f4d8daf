"""Tables, column types and the only place that commits."""
