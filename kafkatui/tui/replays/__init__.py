"""Replays on the screen: what was chosen, what runs in the background, and the lines that say it. No widgets."""
