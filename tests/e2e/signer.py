"""Signs messages with DKIM (RFC 6376) in plain Python: a second implementation of the signer's side, so that no test verifies with our
own code what our own code has made. Keys are made anew in each run; they guard nothing."""

import base64
import hashlib
import random
import re

_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


def _is_prime(n):
    if any(n % p == 0 for p in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(8):
        x = pow(random.randrange(2, n - 1), odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def _prime(bits, e):
    while True:
        n = random.getrandbits(bits) | 3 << (bits - 2) | 1
        if n % e != 1 and _is_prime(n):
            return n


def _der(tag, content):
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(length)]) + length + content


def _integer(n):
    return _der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


class RsaKey:
    algorithm = "rsa-sha256"
    kind = "rsa"

    def __init__(self, bits=1024):
        self.e = 65537
        self.p, self.q = _prime(bits // 2, self.e), _prime(bits // 2, self.e)
        self.n = self.p * self.q
        self.d = pow(self.e, -1, (self.p - 1) * (self.q - 1))

    def public(self):
        key = _der(0x30, _integer(self.n) + _integer(self.e))
        algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
        return base64.b64encode(_der(0x30, algorithm + _der(3, b"\0" + key))).decode()

    def pem(self):
        numbers = (0, self.n, self.e, self.d, self.p, self.q, self.d % (self.p - 1), self.d % (self.q - 1),
                   pow(self.q, -1, self.p))
        text = base64.encodebytes(_der(0x30, b"".join(map(_integer, numbers)))).decode()
        return f"-----BEGIN RSA PRIVATE KEY-----\n{text}-----END RSA PRIVATE KEY-----\n"

    def sign(self, data):
        size = (self.n.bit_length() + 7) // 8
        info = _SHA256 + hashlib.sha256(data).digest()
        block = b"\0\1" + b"\xff" * (size - 3 - len(info)) + b"\0" + info
        return pow(int.from_bytes(block, "big"), self.d, self.n).to_bytes(size, "big")


class Ed25519Key:
    """RFC 8032 by its formulas; RFC 8463 signs the SHA-256 hash."""

    algorithm = "ed25519-sha256"
    kind = "ed25519"
    _p = 2**255 - 19
    _order = 2**252 + 27742317777372353535851937790883648493
    _d = -121665 * pow(121666, -1, 2**255 - 19) % (2**255 - 19)

    def __init__(self):
        self.seed = random.randbytes(32)
        digest = hashlib.sha512(self.seed).digest()
        self.scalar = int.from_bytes(digest[:32], "little") & (2**254 - 8) | 2**254
        self.prefix = digest[32:]
        self.point = self._multiply(self.scalar)

    @classmethod
    def _add(cls, a, b):
        p = cls._p
        e, f = (a[1] - a[0]) * (b[1] - b[0]) % p, (a[1] + a[0]) * (b[1] + b[0]) % p
        c, z = 2 * a[3] * b[3] * cls._d % p, 2 * a[2] * b[2] % p
        x, y, g, h = f - e, f + e, z - c, z + c
        return x * g % p, h * y % p, g * h % p, x * y % p

    @classmethod
    def _multiply(cls, scalar):
        p = cls._p
        y = 4 * pow(5, -1, p) % p
        square = (y * y - 1) * pow(cls._d * y * y + 1, -1, p) % p
        x = pow(square, (p + 3) // 8, p)
        if (x * x - square) % p:
            x = x * pow(2, (p - 1) // 4, p) % p
        x = p - x if x & 1 else x
        point, result = (x, y, 1, x * y % p), (0, 1, 1, 0)
        while scalar:
            if scalar & 1:
                result = cls._add(result, point)
            point, scalar = cls._add(point, point), scalar >> 1
        inverse = pow(result[2], -1, p)
        x, y = result[0] * inverse % p, result[1] * inverse % p
        return (y | (x & 1) << 255).to_bytes(32, "little")

    def public(self):
        return base64.b64encode(self.point).decode()

    def pem(self):
        der = bytes.fromhex("302e020100300506032b657004220420") + self.seed
        return f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(der).decode()}\n-----END PRIVATE KEY-----\n"

    def sign(self, data):
        message = hashlib.sha256(data).digest()
        number = lambda *pieces: int.from_bytes(hashlib.sha512(b"".join(pieces)).digest(), "little") % self._order
        r = number(self.prefix, message)
        point = self._multiply(r)
        s = (r + number(point, self.point, message) * self.scalar) % self._order
        return point + s.to_bytes(32, "little")


def record_text(key):
    return f"v=DKIM1; k={key.kind}; p={key.public()}"


def key_record(domain, selector, key):
    """A line of a master file; the text cut into strings of at most 255 bytes."""
    text = record_text(key)
    pieces = " ".join(f'"{text[at:at + 250]}"' for at in range(0, len(text), 250))
    return f"{selector}._domainkey.{domain}. 300 TXT ( {pieces} )\n"


def _relaxed_field(name, value):
    value = re.sub(rb"\r\n(?=[ \t])", b"", value)
    return name.lower() + b":" + re.sub(rb"[ \t]+", b" ", value).strip(b" \t\r\n") + b"\r\n"


def _canonical_field(method, name, value):
    return _relaxed_field(name, value) if method == "relaxed" else name + b":" + value + b"\r\n"


def _canonical_body(method, body):
    if method == "relaxed":
        body = re.sub(rb"[ \t]+", b" ", body)
        body = re.sub(rb" (?=\r\n)", b"", body)
    body = re.sub(rb"(\r\n)*\Z", b"", body)
    return body + b"\r\n" if body or method == "simple" else b""


def sign(message, domain, selector, key, canonicalization="relaxed/relaxed", names=("from", "subject", "to", "date")):
    """The message (CRLF) with a DKIM-Signature field on top."""
    header_method, body_method = canonicalization.split("/")
    head, _, body = message.partition(b"\r\n\r\n")
    found = [re.match(rb"([^:]*):(.*)\Z", field, re.S).groups() for field in re.split(rb"\r\n(?![ \t])", head)]
    signed = [name for name in names if any(n.strip().lower() == name.encode() for n, _ in found)]
    digest = base64.b64encode(hashlib.sha256(_canonical_body(body_method, body)).digest()).decode()
    value = (f" v=1; a={key.algorithm}; c={canonicalization}; d={domain}; s={selector};\r\n\th={':'.join(signed)};\r\n"
             f"\tbh={digest};\r\n\tb=").encode()
    data = b""
    for name in signed:  # each name once: the last such field
        data += _canonical_field(header_method, *[f for f in found if f[0].strip().lower() == name.encode()][-1])
    data += _canonical_field(header_method, b"DKIM-Signature", value)[:-2]
    signature = base64.b64encode(key.sign(data))
    folded = b"\r\n\t ".join(signature[at:at + 70] for at in range(0, len(signature), 70))
    return b"DKIM-Signature:" + value + folded + b"\r\n" + message
