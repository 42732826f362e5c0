"""What was before each change, and who changed what: kept before anything is sent. Changing is done elsewhere."""
