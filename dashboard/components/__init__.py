"""Components of our own (Streamlit components v2), each with its JavaScript in files beside it."""
