"""What a FHIR server really does: probes, and the capability report made of them.

The desktop chooses by them how to pull from a server (``sync.peers.peer``), and ``tandem conformance`` writes
them down in words for whoever wants to connect one. Codes here, words in ``ui/conformance.py``.
"""

from sync.conformance.report import Report, examine, tier_of
from sync.conformance.values import Check, Finding, Tier, Verdict

__all__ = ["Check", "Finding", "Report", "Tier", "Verdict", "examine", "tier_of"]
