"""Sending records again: what is chosen, where it goes, exactly once, and proof of it. No words for a terminal here."""
