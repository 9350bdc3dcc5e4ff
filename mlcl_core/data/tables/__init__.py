"""Tables: what each column means, inferred once, shown, corrected by options, and then read exactly."""
