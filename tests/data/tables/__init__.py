"""Tables: their questions, schema, and label cells."""
