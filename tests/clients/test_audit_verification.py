"""The audit log verified by a second implementation that knows nothing but docs/audit-verification.md: against the test
vectors, and against the running program. Signatures are checked here as well, with Ed25519 in plain numbers (RFC 8032)."""
# R099, R101

import base64
import hashlib
import json
from pathlib import Path

import pytest
from client import check_problem

VECTORS = Path(__file__).parents[2] / "crates" / "audit" / "tests" / "vectors"


def vectors(name):
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


# --- hashes and proofs


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_hash(record):
    return sha(b"\0", record)


def node(left, right):
    return sha(b"\1", left, right)


def root_of(edge):
    """The root over the right edge of a tree."""
    if not edge:
        return sha()
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = node(left, root)
    return root


def append(edge, size, leaf):
    edge.append(leaf)
    while size & 1:
        right, left = edge.pop(), edge.pop()
        edge.append(node(left, right))
        size >>= 1


def climb(fn, sn, hashes, take):
    """Goes up a path; `take` says what becomes of each hash. Gives whether it ended at the root."""
    for one in hashes:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            take("left", one)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            take("right", one)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0


def is_included(leaf, index, size, hashes, root):
    if index >= size:
        return False
    now = [leaf]

    def take(side, one):
        now[0] = node(one, now[0]) if side == "left" else node(now[0], one)

    return climb(index, size - 1, hashes, take) and now[0] == root


def is_consistent(first, second, hashes, first_root, second_root):
    if first == second:
        return not hashes and first_root == second_root
    if first == 0:
        return not hashes and first_root == sha()
    if first > second:
        return False
    if first & (first - 1) == 0 and hashes:
        hashes = [first_root, *hashes]
    if not hashes:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    now = [hashes[0], hashes[0]]

    def take(side, one):
        if side == "left":
            now[0], now[1] = node(one, now[0]), node(one, now[1])
        else:
            now[1] = node(now[1], one)

    return climb(fn, sn, hashes[1:], take) and now == [first_root, second_root]


# --- signatures

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def x_of(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def point(data):
    number = int.from_bytes(data, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = x_of(y, sign)
    return None if x is None else (x, y)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, P - 2, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - product, P - 2, P) % P
    return x, y


def times(number, base):
    total = (0, 1)
    while number:
        if number & 1:
            total = add(total, base)
        base = add(base, base)
        number >>= 1
    return total


BASE = (x_of(4 * pow(5, P - 2, P) % P, 0), 4 * pow(5, P - 2, P) % P)


def is_signed(public, message, signature):
    a, r = point(public), point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return times(s, BASE) == add(r, times(k, a))


# --- checkpoints


class Wrong(Exception):
    """What is wrong, and with which record."""

    def __init__(self, fault, sequence=None):
        super().__init__(fault)
        self.fault, self.sequence = fault, sequence


def key_of(text):
    name, key_id, rest = text.split("+", 2)
    typed = base64.b64decode(rest, validate=True)
    expected = sha(name.encode(), b"\n", typed)[:4].hex()
    if typed[:1] != b"\1" or len(typed) != 33 or key_id != expected:
        raise Wrong("head")
    return name, bytes.fromhex(key_id), typed[1:]


def checkpoint(note, key):
    """Size, root and time of a note that the key has signed."""
    name, key_id, public = key
    text, empty, signatures = note.rpartition("\n\n")
    if not empty or not note.endswith("\n") or not signatures:
        raise Wrong("signature")
    text, found = (text + "\n").encode(), 0
    for line in signatures.splitlines():
        mark, signer, encoded = line.split(" ")
        signed = base64.b64decode(encoded, validate=True)
        if mark != "\u2014":
            raise Wrong("signature")
        if signer == name and signed[:4] == key_id:
            if not is_signed(public, text, signed[4:]):
                raise Wrong("signature")
            found += 1
    lines = text.decode().splitlines()
    if not found or len(lines) != 4 or lines[0] != name or str(int(lines[1])) != lines[1]:
        raise Wrong("signature")
    return int(lines[1]), base64.b64decode(lines[2], validate=True), lines[3].removeprefix("time ")


# --- bundles


def hashes_of(words):
    return [bytes.fromhex(word) for word in words]


def verify(bundle, kept=()):
    """First place, size, largest size of a kept checkpoint that agrees, records that expired."""
    head, rest = bundle.split("\ncheck ", 1)
    check, rest = rest.split("\n", 1)
    lines = [line.split(" ") for line in head.split("\n")]
    if sha((head + "\n").encode()).hex() != check or lines[0] != ["holdfast-audit-bundle", "1"]:
        raise Wrong("head")
    fields = {line[0]: line[1:] for line in lines[1:5]}
    key, first, count = key_of(fields["key"][0]), int(fields["first"][0]), int(fields["count"][0])
    edge = hashes_of(fields["edge"])
    proofs = {int(line[1]): hashes_of(line[2:]) for line in lines[5:]}
    waiting = {}
    for note in kept:
        size, root, _ = checkpoint(note, key)
        waiting.setdefault(size, []).append(root)
    place, expired, confirmed = first, 0, 0
    for _ in range(count):
        confirmed = max(confirmed, compare(waiting, place, edge))
        line, found, rest = rest.partition("\n")
        words = line.split(" ", 2)
        if not found or words[0] != str(place) or len(words) != 3:
            raise Wrong("line", place)
        leaf = bytes.fromhex(words[1])
        if words[2] == f"expired {sha(leaf).hex()}":
            expired += 1
        elif leaf_hash(words[2].encode()) != leaf:
            raise Wrong("hash", place)
        append(edge, place, leaf)
        place += 1
    confirmed = max(confirmed, compare(waiting, place, edge))
    if rest.count("\u2014 ") != 1 or not rest.endswith("\n") or rest.endswith("\n\n"):
        raise Wrong("signature")
    size, root, _ = checkpoint(rest, key)
    if place > size:
        raise Wrong("uncovered")
    if place and not is_consistent(place, size, proofs.get(place, []), root_of(edge), root):
        raise Wrong("checkpoint")
    for earlier, roots in waiting.items():
        if earlier > size:
            raise Wrong("truncated")
        if earlier not in proofs and earlier != size:
            raise Wrong("uncovered")
        if not all(is_consistent(earlier, size, proofs.get(earlier, []), one, root) for one in roots):
            raise Wrong("checkpoint")
        confirmed = max(confirmed, earlier)
    return first, place, confirmed, expired


def compare(waiting, size, edge):
    roots = waiting.pop(size, [])
    if any(root != root_of(edge) for root in roots):
        raise Wrong("checkpoint")
    return size if roots else 0


# --- the vectors


def test_the_vectors_of_records_and_the_tree_are_what_the_document_says():
    for vector in vectors("records"):
        assert leaf_hash(vector["record"].encode()).hex() == vector["leafHash"], vector["about"]
    tree = vectors("tree")
    edge = []
    for size, leaf in enumerate(tree["leaves"]):
        assert [one.hex() for one in edge] == tree["edges"][size]["hashes"]
        assert root_of(edge).hex() == tree["roots"][size]
        append(edge, size, leaf_hash(bytes.fromhex(leaf)))
    assert root_of(edge).hex() == tree["roots"][-1]
    for vector in tree["inclusion"]:
        leaf, root = hashes_of([vector["leaf"], vector["root"]])
        found = is_included(leaf, vector["index"], vector["size"], hashes_of(vector["hashes"]), root)
        assert found == vector["valid"], vector
    for vector in tree["consistency"]:
        roots = hashes_of([vector["firstRoot"], vector["secondRoot"]])
        found = is_consistent(vector["first"], vector["second"], hashes_of(vector["hashes"]), *roots)
        assert found == vector["valid"], vector


@pytest.mark.parametrize("vector", vectors("checkpoints"), ids=lambda vector: vector["about"])
def test_the_vectors_of_checkpoints_are_what_the_document_says(vector):
    try:
        size, root, time = checkpoint(vector["note"], key_of(vector["key"]))
    except (Wrong, ValueError):
        assert not vector["valid"]
        return
    assert vector["valid"]
    assert (size, root.hex(), time) == (vector["size"], vector["root"], vector["time"])


@pytest.mark.parametrize("vector", vectors("bundles"), ids=lambda vector: vector["about"])
def test_the_vectors_of_bundles_are_what_the_document_says(vector):
    try:
        found = verify(vector["bundle"], vector["kept"])
    except Wrong as wrong:
        assert (wrong.fault, wrong.sequence) == (vector.get("fault"), vector.get("sequence"))
        return
    assert vector["valid"], found
    assert found == (vector["first"], vector["size"], vector["confirmed"], vector["expired"])


# --- the program


def test_the_log_of_the_program_verifies_and_goes_on_from_a_kept_checkpoint(admin):
    kept = admin.get("/audit/checkpoints")
    key = key_of(kept["key"])
    size, root, time = checkpoint(kept["note"], key)
    assert (size, root.hex(), time) == (kept["size"], kept["root"], kept["time"])

    path = f"/audit/bundle?first=1&count=10000&kept={size}"
    whole = admin.request("GET", path, accept="text/plain").content.decode()
    first, end, confirmed, _ = verify(whole, [kept["note"]])
    assert (first, confirmed) == (0, size) and end > size

    proof = admin.get(f"/audit/auditRecords/{size}/proof?size={size}")
    leaf = leaf_hash(proof["record"].encode())
    assert leaf.hex() == proof["leafHash"] and proof["index"] == size - 1
    assert is_included(leaf, size - 1, size, hashes_of(proof["hashes"]), root)
    assert f"\n{size - 1} {leaf.hex()} {proof['record']}\n" in whole

    later = admin.get(f"/audit/proofs/consistency?first={size}")
    now = checkpoint(later["checkpoint"], key)
    assert now[0] == later["second"]
    assert is_consistent(size, now[0], hashes_of(later["hashes"]), root, now[1])

    # A record that says something else is found, and named.
    changed = whole.replace('"severity":"', '"severity":"X', 1)
    with pytest.raises(Wrong, match="hash"):
        verify(changed)


def test_what_is_in_no_such_log_has_no_proof(admin):
    check_problem(admin.request("GET", "/audit/auditRecords/1/proof?size=0"), 422)
    check_problem(admin.request("GET", "/audit/auditRecords/99999999/proof"), 404)
