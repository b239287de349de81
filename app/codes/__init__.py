"""Closed lists with their codes and French display (NOS, LOINC, our own), and the mandate's texts.

They are data, not sentences for a screen: both the program and the central service rely on them
to the letter (a mandate's text is hashed by both).
"""
