"""The desk process: signs the adviser in, starts sessions, wipes after them; no medical word."""
