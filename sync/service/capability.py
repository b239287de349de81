"""CapabilityStatement and smart-configuration: what this service says it can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.service.compartment import NOT_STORED, R4_TYPES, SHARED_TYPES
from sync.service.search_params import params_of

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.service.service import Service

__all__ = ["smart_configuration", "statement"]

_VERSION = "0.1.0"
_INTERACTIONS = (
    "read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type",
)  # fmt: skip
_PROFILES = {
    "DocumentReference": [
        "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-comprehensive-document-reference",
        "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-simplified-publish",
    ],
    "List": [
        "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-submissionset-comprehensive"
    ],
}


def statement(service: Service) -> Resource:
    """Make the CapabilityStatement (R4 §5.1)."""
    return {
        "resourceType": "CapabilityStatement",
        "id": "tandem",
        "name": "TandemService",
        "title": "Tandem, service central",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "software": {"name": "Tandem", "version": _VERSION},
        "implementation": {"description": "Tandem", "url": service.fhir},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "patchFormat": ["application/json-patch+json"],
        "implementationGuide": [
            "https://interop.esante.gouv.fr/ig/fhir/pdsm/ImplementationGuide/ans.fhir.fr.pdsm",
            "https://profiles.ihe.net/ITI/MHD/ImplementationGuide/ihe.iti.mhd",
        ],
        "rest": [
            {
                "mode": "server",
                "security": _security(service),
                "resource": [_resource(kind) for kind in sorted(R4_TYPES - NOT_STORED)],
                "interaction": [{"code": "transaction"}, {"code": "batch"}, {"code": "history-system"}],
            }
        ],
    }


def _resource(kind: str) -> Resource:
    made: Resource = {
        "type": kind,
        "interaction": [{"code": code} for code in _INTERACTIONS],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalRead": "full-support",
        "conditionalUpdate": True,
        "conditionalDelete": "single",
        "referencePolicy": ["literal", "logical"],
        "searchInclude": ["*"] if kind not in SHARED_TYPES else [],
        "searchParam": [
            {"name": name, "type": param.kind.value} for name, param in sorted(params_of(kind).items())
        ],
    }
    if not made["searchInclude"]:
        del made["searchInclude"]
    if kind in _PROFILES:
        made["supportedProfile"] = _PROFILES[kind]
    if kind == "Patient":
        made["operation"] = [
            {
                "name": "changes",
                "definition": "https://tandem.example/fhir/OperationDefinition/Patient-changes",
            },
            {
                "name": "everything",
                "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything",
            },
        ]
    return made


def _security(service: Service) -> Resource:
    uris = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
    return {
        "cors": False,
        "service": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                        "code": "SMART-on-FHIR",
                    }
                ]
            }
        ],
        "extension": [
            {
                "url": uris,
                "extension": [
                    {"url": "authorize", "valueUri": f"{service.origin}/authorize"},
                    {"url": "token", "valueUri": f"{service.origin}/token"},
                ],
            }
        ],
    }


def smart_configuration(service: Service) -> Resource:
    """Make ``.well-known/smart-configuration`` (SMART App Launch 2.0)."""
    origin = service.origin
    return {
        "issuer": origin,
        "jwks_uri": f"{origin}/jwks",
        "authorization_endpoint": f"{origin}/authorize",
        "token_endpoint": f"{origin}/token",
        "userinfo_endpoint": f"{origin}/userinfo",
        "end_session_endpoint": f"{origin}/logout",
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "scopes_supported": [
            "openid",
            "profile",
            "fhirUser",
            "launch/patient",
            "patient/*.cruds",
            "system/*.cruds",
        ],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "capabilities": [
            "launch-standalone",
            "client-public",
            "client-confidential-symmetric",
            "sso-openid-connect",
            "context-standalone-patient",
            "permission-patient",
            "permission-v2",
        ],
    }
