"""Getting to a cluster from the screen: the form, and the contexts one can switch to. Screens are not here."""
