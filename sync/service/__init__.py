"""The central service: FHIR R4, PDSm, change feed, uploads, sign-in, envelopes, audit.

From one process in a town hall to workers over sharded records it is the same program; how large it has to
be, ``capacity`` reckons.
"""
