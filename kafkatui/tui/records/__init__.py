"""What the Messages place shows and keeps, without a widget: rows, lines, filters as typed, searches and tails."""
