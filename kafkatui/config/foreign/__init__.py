"""Config files of other tools: each becomes contexts of ours, with a note for all that does not. Nothing is written."""
