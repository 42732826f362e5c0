"""Bytes to something a person can read, one file per format. Nothing in them is ever run, no result is empty."""
