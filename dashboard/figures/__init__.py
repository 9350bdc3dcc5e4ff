"""Pure functions from arrays to component payloads and chart options; nothing here imports Streamlit."""
