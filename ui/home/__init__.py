"""The program at home: who is here, what opens the vault, one session process for one person."""
