"""Certificates of the local MQTT broker: its own authority, the broker, the bridge and devices.

The common name of a client's certificate is its user name, and so which topics it may write. What
was revoked is in a list that the broker reads as it starts.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from adapters.durable import alone, replace
from infra.errors import StackError
from infra.settings import LOOPBACK

YEARS = timedelta(days=3_650)
_DEVICE = re.compile(r"[A-Za-z0-9_:-][A-Za-z0-9_.:-]{0,63}", re.ASCII)
AUTHORITY, SERVER, BRIDGE = "ca", "broker", "bridge"


def certificate(folder: Path, name: str) -> Path:
    """Where the certificate of that name is, or will be."""
    return folder / f"{name}.pem"


def key(folder: Path, name: str) -> Path:
    """Where its private key is, or will be."""
    return folder / f"{name}.key"


def revocations(folder: Path) -> Path:
    """Where the authority's list of revoked certificates is, or will be."""
    return folder / "revoked.crl"


def ensure(folder: Path) -> None:
    """Have those of the authority, the broker and the bridge, and a list of what is revoked."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not certificate(folder, AUTHORITY).exists():
        _write(folder, AUTHORITY, *_authority())
    if not revocations(folder).exists():
        _write_revocations(folder, ())
    for name in (SERVER, BRIDGE):
        if not certificate(folder, name).exists():
            issue(folder, name)


def issue(folder: Path, name: str) -> None:
    """Make a certificate of that common name, in the place of one that is there.

    Raises:
        StackError: there is no authority yet.
    """
    signer, signer_key = _signer(folder)
    own_key = ec.generate_private_key(ec.SECP256R1())
    usage = ExtendedKeyUsageOID.SERVER_AUTH if name == SERVER else ExtendedKeyUsageOID.CLIENT_AUTH
    made = _begun(name, own_key).issuer_name(signer.subject)
    made = made.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    made = made.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer_key.public_key()), critical=False
    )
    if name == SERVER:
        # The second is its name among containers.
        hosts = [x509.DNSName("localhost"), x509.DNSName("mosquitto")]
        names = [*hosts, x509.IPAddress(ip_address(LOOPBACK))]
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    signed = made.sign(signer_key, hashes.SHA256())
    # Before anybody can have it: what is not in the record is never revoked.
    with _issued(folder).open("a") as record:
        record.write(f"{signed.serial_number:x} {name}\n")
    _write(folder, name, own_key, signed)


def issue_for_device(folder: Path, name: str) -> None:
    """Make a certificate for a device that calls itself so in its topics.

    Raises:
        StackError: it cannot be a level of a topic, it is a name of the stack's own, or there is no
            authority yet.
    """
    if not _DEVICE.fullmatch(name) or name in (AUTHORITY, SERVER, BRIDGE):
        raise StackError(
            f"a device cannot be called {name!r}: give 1 to 64 of A-Z a-z 0-9 _ . : -, and none of "
            f"{AUTHORITY}, {SERVER}, {BRIDGE}"
        )
    issue(folder, name)


def revoke(folder: Path, name: str) -> int:
    """Revoke all certificates that were made for a device, and delete the last one and its key; the
    broker knows when it has been started again. The device may be given a new one afterwards.

    Returns:
        How many there were that had not been revoked.

    Raises:
        StackError: none was made for a device of that name, there is no authority yet, or another
            process revokes one just now.
    """
    busy = StackError("another process revokes a certificate just now: try again")
    _signer(folder)
    with alone(folder / "revoked.lock", busy):
        made = {serial for serial, named in _record(folder) if named == name}
        if not made or name in (AUTHORITY, SERVER, BRIDGE):
            raise StackError(f"no certificate was made for a device that is called {name!r}")
        before = _revoked(folder)
        found = {each.serial_number for each in before}
        now = datetime.now(UTC)
        new = [
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build()
            for serial in sorted(made - found)
        ]
        _write_revocations(folder, (*before, *new))
        for path in (certificate(folder, name), key(folder, name)):
            path.unlink(missing_ok=True)
    return len(new)


def _issued(folder: Path) -> Path:
    return folder / "issued"


def _record(folder: Path) -> Iterator[tuple[int, str]]:
    """Serial number and name of each certificate that was made."""
    record = _issued(folder)
    for line in record.read_text().splitlines() if record.exists() else ():
        serial, _, name = line.partition(" ")
        yield int(serial, 16), name


def _revoked(folder: Path) -> tuple[x509.RevokedCertificate, ...]:
    return tuple(x509.load_pem_x509_crl(revocations(folder).read_bytes()))


def _write_revocations(folder: Path, revoked: Iterable[x509.RevokedCertificate]) -> None:
    signer, signer_key = _signer(folder)
    now = datetime.now(UTC)
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(signer.subject)
        .last_update(now - timedelta(days=1))
        .next_update(now + YEARS)
    )
    for each in revoked:
        made = made.add_revoked_certificate(each)
    signed = made.sign(signer_key, hashes.SHA256())
    replace(revocations(folder), signed.public_bytes(serialization.Encoding.PEM))


def _signer(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    authority = certificate(folder, AUTHORITY)
    if not authority.exists():
        raise StackError(f"there is no {authority}: `wattstream up` makes it")
    signer_key = serialization.load_pem_private_key(
        key(folder, AUTHORITY).read_bytes(), password=None
    )
    assert isinstance(signer_key, ec.EllipticCurvePrivateKey)
    return x509.load_pem_x509_certificate(authority.read_bytes()), signer_key


def _authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    own_key = ec.generate_private_key(ec.SECP256R1())
    named = "WattStream local authority"
    made = _begun(named, own_key).issuer_name(_name(named))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    signs = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    made = made.add_extension(signs, critical=True)
    return own_key, made.sign(own_key, hashes.SHA256())


def _begun(name: str, own_key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(own_key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks of devices are not exact.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + YEARS)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(own_key.public_key()), critical=False
        )
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _write(
    folder: Path, name: str, own_key: ec.EllipticCurvePrivateKey, made: x509.Certificate
) -> None:
    # The key first: a certificate says that both are there.
    secret = own_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    replace(key(folder, name), secret)
    key(folder, name).chmod(0o600)
    replace(certificate(folder, name), made.public_bytes(serialization.Encoding.PEM))
