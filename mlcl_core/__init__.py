"""MLCL Lab's engine: pair rules, losses, data, models, training and the run store; independent of Streamlit."""
