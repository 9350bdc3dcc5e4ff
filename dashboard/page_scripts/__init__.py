"""The place of the pages in a wheel: the build puts the scripts of the top-level ``pages/`` here (pyproject.toml).

They have another folder than ``pages`` because Streamlit makes a menu of its own from one beside the entry.
"""
