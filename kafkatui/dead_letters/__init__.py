"""Dead letters: what they say, why they are there, where they came from, and what would be sent back. Sends nothing."""
