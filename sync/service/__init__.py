"""The central service: FHIR R4, PDSm, change feed, uploads, sign-in, envelopes, audit."""
