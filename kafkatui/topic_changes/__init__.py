"""Changes to topics: planned from what is there, shown, made once, and put back. Words in and out are elsewhere."""
