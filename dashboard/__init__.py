"""What pages are made of: figures (pure), components, parts, loaders, lessons, session keys."""
