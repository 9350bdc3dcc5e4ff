"""Form fields made from the configuration and from options."""
