"""What the pages share: payloads and figures (pure), components, Streamlit parts, loaders, session keys."""
