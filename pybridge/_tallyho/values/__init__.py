"""Values as text and as trees, by their exact types, running none of the program's code."""
