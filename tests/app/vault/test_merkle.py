"""Tree hashes as in RFC 6962, from the right edge alone."""

from __future__ import annotations

import hashlib

import pytest

from app.vault import merkle

# The reference entries and roots of the certificate transparency test suite.
ENTRIES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference(size: int) -> None:
    """For one to eight entries."""
    assert merkle.root_of(bytes.fromhex(entry) for entry in ENTRIES[:size]).hex() == ROOTS[size - 1]


def test_no_entry_has_the_hash_of_nothing() -> None:
    """RFC 6962 §2.1."""
    assert merkle.root_of([]) == hashlib.sha256().digest()


def test_the_edge_stays_short() -> None:
    """One hash for each bit of the size."""
    edge: tuple[bytes, ...] = ()
    for size in range(1000):
        edge = merkle.grow(edge, size, merkle.leaf(b"x"))
        assert len(edge) == (size + 1).bit_count()


@pytest.mark.parametrize("second", range(1, 34))
def test_a_tree_that_goes_on_proves_it(second: int) -> None:
    """For every pair of sizes up to 33; any other earlier tree, hash or size fails."""
    for first in range(1, second + 1):
        _check_pair(first, second)


def _check_pair(first: int, second: int) -> None:
    leaves = [merkle.leaf(bytes([number])) for number in range(second)]
    before, after = _root(leaves[:first]), _root(leaves)
    proof = merkle.consistency_proof(leaves, first)
    assert merkle.is_consistent(first, before, second, after, proof)
    if first < second:
        others = [merkle.leaf(b"another"), *leaves[1:first]]
        assert not merkle.is_consistent(first, _root(others), second, after, proof)
        assert not merkle.is_consistent(first, before, second, before, proof)
        for at in range(len(proof)):
            bent = [*proof[:at], bytes(32), *proof[at + 1 :]]
            assert not merkle.is_consistent(first, before, second, after, bent)
        assert not merkle.is_consistent(first, before, second, after, [*proof, bytes(32)])
        assert not merkle.is_consistent(first, before, second, after, proof[:-1])


def test_sizes_that_are_none_prove_nothing() -> None:
    """Nought, backwards, a hash of another length."""
    leaves = [merkle.leaf(bytes([number])) for number in range(4)]
    root = _root(leaves)
    assert not merkle.is_consistent(0, merkle.EMPTY_ROOT, 4, root, [])
    assert not merkle.is_consistent(5, root, 4, root, [])
    assert not merkle.is_consistent(4, root, 4, root, [root])
    assert not merkle.is_consistent(2, _root(leaves[:2]), 4, root, [b"short"])
    for first in (0, 5):
        with pytest.raises(ValueError, match=str(first)):
            merkle.consistency_proof(leaves, first)


def test_a_proof_is_short() -> None:
    """Two hashes for each doubling, at most."""
    leaves = [merkle.leaf(number.to_bytes(4, "big")) for number in range(5000)]
    assert all(len(merkle.consistency_proof(leaves, first)) <= 14 for first in range(1, 5000, 313))


def _root(leaves: list[bytes]) -> bytes:
    edge: tuple[bytes, ...] = ()
    for size, each in enumerate(leaves):
        edge = merkle.grow(edge, size, each)
    return merkle.root(edge)
