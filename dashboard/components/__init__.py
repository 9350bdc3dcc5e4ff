"""The Lab's own components (Streamlit components v2); their JavaScript and CSS stand in files beside them."""
