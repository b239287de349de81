"""What the program knows and keeps: domain and vault. No Qt, no network, no words for people."""
