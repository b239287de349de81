"""The service's signature under a PDF: PAdES, with the key that every enrolled PC has pinned.

Decision: one key. The PCs pin the key that signs their policy when they are enrolled, so that a list signed
with it is checked by them with nothing looked up, and years later. The certificate that a PDF reader wants to
see is made once for that key and kept: self-signed, it says nothing but the key's fingerprint. An operator
who has a certification authority asks it for a certificate of *this* key (``--certificate-request``) and lays
the chain into the service's folder as ``certificate.pem``, the service's own first; a chain for another key
is refused at the start, since no PC could trust what it signs.

The two uses of the key cannot be mixed up: a policy's signature is over "header.payload" in ASCII, a PDF's
over DER (RFC 5652 §5.4). pyHanko makes the signature (PAdES B-B, ETSI EN 319 142-1) and writes it as an
incremental update; the document is certified with no change allowed (DocMDP 1).
"""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.x509.oid import NameOID

from app.errors import WorldFailed

if TYPE_CHECKING:
    from pathlib import Path

    from joserfc.jwk import ECKey

    from sync.service.service import Service

__all__ = [
    "CHAIN",
    "CertificateBad",
    "fingerprint",
    "load_chain",
    "request",
    "self_signed",
    "sign_pdf",
]

CHAIN = "certificate.pem"
_YEARS = timedelta(days=40 * 365)
_BEFORE = timedelta(days=1)
_FIELD = "Tandem"


class CertificateBad(WorldFailed):
    """``certificate.pem`` is no chain, or its first certificate is of another key than the service's."""

    code = "service-certificate-bad"


def _private(key: ECKey) -> EllipticCurvePrivateKey:
    private = key.private_key
    assert isinstance(private, EllipticCurvePrivateKey)  # noqa: S101 - drawn by Secrets
    return private


def _public_der(key: ECKey) -> bytes:
    return (
        _private(key)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def fingerprint(key: ECKey) -> str:
    """Return the SHA-256 of the public key (SubjectPublicKeyInfo), in hexadecimal."""
    return hashlib.sha256(_public_der(key)).hexdigest()


def _name(key: ECKey) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Tandem {fingerprint(key)[:16]}")])


def self_signed(key: ECKey) -> bytes:
    """Make the certificate of the service's own key (DER)."""
    moment, name = datetime.now(UTC), _name(key)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_private(key).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _BEFORE)
        .not_valid_after(moment + _YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(_private(key), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def request(key: ECKey) -> str:
    """Return what a certification authority is asked with (PKCS #10, PEM)."""
    made = (
        x509.CertificateSigningRequestBuilder().subject_name(_name(key)).sign(_private(key), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def load_chain(path: Path, key: ECKey) -> tuple[bytes, ...]:
    """Read the operator's chain (DER each), () where there is none. Raises ``CertificateBad``."""
    if not path.exists():
        return ()
    try:
        chain = x509.load_pem_x509_certificates(path.read_bytes())
        public = (
            chain[0]
            .public_key()
            .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
    except (OSError, ValueError, TypeError) as error:
        raise CertificateBad from error
    if public != _public_der(key):
        raise CertificateBad
    return tuple(each.public_bytes(serialization.Encoding.DER) for each in chain)


def sign_pdf(service: Service, data: bytes, reason: str) -> bytes:
    """Sign a PDF that this service made; ``reason`` is shown by readers beside the signature."""
    # Its import takes a second, and most services sign a list now and then.
    from asn1crypto import keys
    from asn1crypto import x509 as asn1
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    chain = [asn1.Certificate.load(each) for each in service.chain or (service.secrets.certificate,)]
    private = _private(service.secrets.signing).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = signers.SimpleSigner(
        signing_cert=chain[0],
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore.from_certs(chain[1:]),  # type: ignore[no-untyped-call]
    )
    told = signers.PdfSignatureMetadata(
        field_name=_FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        reason=reason,
    )
    signed = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(data)), told, signer=signer)
    return bytes(signed.getbuffer())
