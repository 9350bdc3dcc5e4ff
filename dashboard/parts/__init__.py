"""Streamlit parts of pages, in one folder per page, and the frame of all pages."""
