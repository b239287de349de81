"""Made-up people and their made-up papers, so that anyone can try the whole program.

Nothing here is about a living person: names, numbers and stories are invented, national
identifiers carry the test roots (``1.2.250.1.213.1.4.10`` and ``.11``), professionals' numbers start
with 999, and every paper says "Document fictif" in its foot.
"""
