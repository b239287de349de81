"""The central service: FHIR R4, PDSm, change feed, uploads, sign-in, envelopes, audit.

How large it must be, from one town hall to the whole country, and what a kiosk sees while a part of it is
away: :mod:`sync.service.capacity`. Its copies: :mod:`sync.service.backup`.
"""
