"""Practice: a made-up person's space on this PC, in which everything works and nothing leaves."""
