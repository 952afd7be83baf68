"""What is known of the program: its code, frames, tasks, names, and expressions asked in its frames."""
