"""What the place of dead letters shows, as rows and lines. Screens and widgets are not here."""
