"""What the service refuses, and how HTTP and FHIR name it.

Decision: one exception with a stable code and a closed table, not a class per fact: the desktop
has its own words for what it meets, here each code only needs a status, an issue type
(R4 value set ``issue-type``) and a French sentence (``messages.py``; a test compares both tables).
``at`` is the FHIRPath or the parameter that is wrong. Nothing of a person stands in the fields.
"""

from __future__ import annotations

from app.errors import Field, TandemError

__all__ = ["REFUSALS", "Refused"]

REFUSALS: dict[str, tuple[int, str]] = {
    "not-signed-in": (401, "login"),
    "token-refused": (401, "login"),
    "not-allowed": (403, "forbidden"),
    "read-only-type": (403, "forbidden"),
    "another-person": (403, "forbidden"),
    "mandate-missing": (403, "forbidden"),
    "mandate-over": (403, "expired"),
    "mandate-scope": (403, "forbidden"),
    "mandate-duration": (403, "forbidden"),
    "person-decides": (403, "forbidden"),
    "mandate-text": (422, "business-rule"),
    "unknown": (404, "not-found"),
    "unknown-type": (404, "not-supported"),
    "unknown-address": (404, "not-found"),
    "unknown-match": (404, "not-found"),
    "method": (405, "not-supported"),
    "patch-not-permitted": (405, "business-rule"),
    "accept": (406, "not-supported"),
    "exists": (412, "conflict"),
    "id-taken": (409, "conflict"),
    "already-answered": (409, "conflict"),
    "deleted": (410, "deleted"),
    "cursor-ahead": (410, "expired"),
    "stale": (412, "conflict"),
    "several-match": (412, "multiple-matches"),
    "too-large": (413, "too-long"),
    "content-type": (415, "not-supported"),
    "content-encoding": (415, "not-supported"),
    "body-stalled": (408, "timeout"),
    "range": (416, "value"),
    "too-many-entries": (413, "too-long"),
    "not-json": (400, "structure"),
    "name-twice": (400, "structure"),
    "too-deep": (400, "structure"),
    "number-large": (400, "value"),
    "no-body": (400, "required"),
    "type-mismatch": (400, "invalid"),
    "id-mismatch": (400, "invalid"),
    "id-missing": (400, "required"),
    "bad-id": (400, "value"),
    "bad-etag": (400, "value"),
    "bad-parameter": (400, "value"),
    "unknown-parameter": (400, "not-supported"),
    "bad-modifier": (400, "not-supported"),
    "bad-cursor": (400, "value"),
    "bad-bundle": (400, "structure"),
    "bad-entry": (400, "structure"),
    "entry-twice": (400, "duplicate"),
    "bad-patch": (400, "structure"),
    "patch-failed": (422, "processing"),
    "element-missing": (422, "required"),
    "element-type": (422, "structure"),
    "element-unknown": (422, "structure"),
    "element-empty": (422, "structure"),
    "element-value": (422, "value"),
    "element-forbidden": (422, "business-rule"),
    "code-unknown": (422, "code-invalid"),
    "reference-form": (422, "value"),
    "reference-unknown": (422, "not-found"),
    "patient-unknown": (422, "not-found"),
    "patient-changed": (422, "business-rule"),
    "patient-required": (422, "required"),
    "binary-missing": (422, "not-found"),
    "digest-differs": (422, "value"),
    "size-differs": (422, "value"),
    "digest-required": (422, "required"),
    "not-base64": (422, "value"),
    "upload-digest": (460, "value"),
    "upload-offset": (409, "conflict"),
    "upload-headers": (400, "value"),
    "upload-version": (412, "not-supported"),
    "upload-expired": (410, "expired"),
    "upload-stalled": (408, "timeout"),
    "device-unknown": (403, "unknown"),
    "device-key": (400, "value"),
    "device-revoked": (403, "security"),
    "device-clock": (403, "value"),
    "device-needed": (403, "security"),
    "device-elsewhere": (403, "security"),
    "enrolment-code": (422, "value"),
    "enrolment-used": (422, "conflict"),
    "enrolment-expired": (422, "expired"),
    "factor-wrong": (401, "login"),
    "factor-missing": (403, "login"),
    "account-kind": (403, "forbidden"),
    "sign-in-over": (401, "expired"),
    "broker-state": (400, "expired"),
    "broker-denied": (403, "forbidden"),
    "broker-again": (401, "login"),
    "broker-away": (503, "transient"),
    "broker-untrusted": (502, "security"),
    "broker-level": (403, "login"),
    "broker-traits": (403, "required"),
    "broker-rpps": (403, "required"),
    "broker-nobody": (403, "not-found"),
    "broker-several": (403, "multiple-matches"),
    "broker-taken": (403, "conflict"),
    "broker-ended": (403, "forbidden"),
    "office-form": (403, "security"),
    "login-taken": (409, "conflict"),
    "login-form": (422, "value"),
    "password-short": (422, "value"),
    "invitation-over": (404, "not-found"),
    "carer-form": (422, "value"),
    "carer-many": (409, "business-rule"),
    "carer-already": (409, "duplicate"),
    "carer-self": (409, "business-rule"),
    "carer-never": (403, "forbidden"),
    "representative-form": (422, "value"),
    "representative-person": (422, "business-rule"),
    "representative-noted": (403, "forbidden"),
    "journal-head": (400, "structure"),
    "journal-behind": (409, "conflict"),
    "presence-missing": (403, "forbidden"),
    "presence-over": (403, "expired"),
    "envelope-damaged": (400, "structure"),
    "envelope-too-new": (400, "not-supported"),
    "envelope-untrusted": (403, "security"),
    "envelope-not-for-us": (400, "security"),
    "slip-unknown": (404, "not-found"),
    "drop-closed": (404, "not-found"),
    "drop-key": (400, "value"),
    "drop-empty": (400, "required"),
    "drop-cut": (400, "structure"),
    "drop-kind": (415, "not-supported"),
    "drop-heavy": (413, "too-long"),
    "drop-many": (413, "too-long"),
    "drop-busy": (503, "transient"),
    "too-many-tries": (429, "throttled"),
    "disk-full": (507, "no-store"),
    "store-busy": (503, "transient"),
    "records-away": (503, "transient"),
    "put-back": (503, "transient"),
    "store-unreadable": (503, "transient"),
    "store-damaged": (500, "exception"),
    "objects-away": (503, "transient"),
    "stopped": (503, "transient"),
    "fault": (500, "exception"),
}


class Refused(TandemError):
    """A request that was not done, and nothing of it was kept."""

    def __init__(self, reason: str, *, at: str | None = None, **fields: Field) -> None:
        super().__init__(**fields)
        self.reason = reason
        self.at = at

    @property
    def status(self) -> int:
        """The HTTP status."""
        return REFUSALS[self.reason][0]

    @property
    def issue_type(self) -> str:
        """The R4 issue type."""
        return REFUSALS[self.reason][1]

    def inside(self, where: str) -> Refused:
        """Return the same, seen from outside: ``where`` goes before the place."""
        moved = Refused(self.reason, at=f"{where}.{self.at}" if self.at else where)
        moved.fields = self.fields
        return moved

    def __str__(self) -> str:
        return self.reason
