"""How a stratified split is found: label by label, then sizes, then labels that a split lacks, then proportions."""
