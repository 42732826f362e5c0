"""Where groups go on reading, changed and given back: plans of offsets, and how they are carried out."""
