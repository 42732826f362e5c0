"""What a row of each kind of thing shows, column by column; shared by the screens and the command line."""
