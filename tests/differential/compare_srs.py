"""SRS: what postsrsd, which carries libsrs2, and our tcp_table doors make of the same addresses with the same secrets.

    python3 compare_srs.py BONAFIDE SOURCE_FOLDER PARTS_FOLDER

BONAFIDE_DIFFERENTIAL_SRS and BONAFIDE_DIFFERENTIAL_SEED change the number of addresses and the seed."""

import os
import pathlib
import random
import re
import socket
import subprocess
import sys
import unittest

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "e2e"))
import lib

CASES = int(os.environ.get("BONAFIDE_DIFFERENTIAL_SRS", "2000"))
SEED = int(os.environ.get("BONAFIDE_DIFFERENTIAL_SEED", "2004"))
DOMAIN = "forwarder.example"
SECRETS = ["tops3cr3t-tops3cr3t", "an-older-one-of-them"]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Table(lib.Stream):
    """A tcp_table(5) as Postfix asks it: the address found, or None."""

    def ask(self, address):
        self.send(b"get " + re.sub(rb"[%\s]", lambda found: b"%%%02X" % found[0][0], address.encode()) + b"\n")
        code, _, text = self.reader.readline().decode().strip().partition(" ")
        if code not in ("200", "500"):
            raise AssertionError(f"{address}: {code} {text}")
        return re.sub("%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text) if code == "200" else None


class Peer:
    """One program's two tables."""

    def __init__(self, case, forward, reverse):
        self.ports = forward, reverse
        lib.wait_for(self.answers, "the tables")
        self.forward, self.reverse = Table(forward), Table(reverse)
        case.addCleanup(self.forward.close)
        case.addCleanup(self.reverse.close)

    def answers(self):
        try:
            for port in self.ports:
                lib.Stream(port).close()
            return True
        except OSError:
            return False


def secret_file(name, secrets):
    file = lib.folder / name
    file.write_text("".join(secret + "\n" for secret in secrets))
    file.chmod(0o600)
    return file


def start_postsrsd(case, secrets, *options):
    forward, reverse = free_port(), free_port()
    process = subprocess.Popen([lib.parts / "run", "postsrsd", f"-s{secret_file('postsrsd', secrets)}", f"-d{DOMAIN}", "-4", f"-f{forward}", f"-r{reverse}",
                                "-Xlocal.example", "-X.below.example", *options], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    case.addCleanup(process.wait)
    case.addCleanup(process.kill)
    return Peer(case, forward, reverse)


def start_ours(case, secrets, **settings):
    srs = {"domain": DOMAIN, "secrets": str(secret_file("ours", secrets)), "local_domains": ["local.example", ".below.example"],
           "tcp_forward": ["inet:127.0.0.1:0"], "tcp_reverse": ["inet:127.0.0.1:0"]} | settings
    daemon = lib.Daemon({"srs": srs, "server": {"listen": ["inet:127.0.0.1:0"], "threads": 1}})
    case.addCleanup(daemon.stop)
    return Peer(case, *(int(address.rpartition(":")[2]) for address in daemon.wait_event("srs.listening")["listen"].split()))


def addresses():
    source = random.Random(SEED)

    def word(most, alphabet="abcXYZ019"):
        return "".join(source.choice(alphabet) for _ in range(source.randint(1, most)))

    def domain():
        return ".".join(word(5) for _ in range(source.randint(1, 2))) + ".example"

    for _ in range(CASES):
        local = ".".join(word(24, "abcXYZ019+=-_/'") for _ in range(source.randint(1, 2)))
        kind = source.random()
        if kind < 0.2:
            local = f"SRS0{source.choice('=+-')}{word(4)}={word(2)}={domain()}={word(4)}"
        elif kind < 0.3:
            local = f"srs1{source.choice('=+-')}{word(4)}={domain()}={source.choice('=+-')}{word(4)}={word(2)}={word(3)}.example={word(4)}"
        yield f"{local}@{source.choice([domain()] * 8 + ['local.example', 'x.below.example'])}"


def length(address):
    return len(address.rpartition("@")[0])


class Srs(unittest.TestCase):
    def test_the_same_addresses_there_and_back(self):
        ours, theirs = start_ours(self, SECRETS), start_postsrsd(self, SECRETS)
        rewritten = left = too_long = 0
        for address in addresses():
            with self.subTest(address):
                expected, made = theirs.forward.ask(address), ours.forward.ask(address)
                if expected is None or length(expected) <= 64:
                    self.assertEqual(made, expected)
                else:
                    self.assertIsNone(made)  # RFC 5321 4.5.3.1.1, which postsrsd does not count
                    too_long += 1
                if expected is None:
                    left += 1
                    continue
                rewritten += 1
                for form in (expected, expected.lower(), expected.upper().replace(DOMAIN.upper(), DOMAIN)):
                    self.assertEqual(ours.reverse.ask(form), theirs.reverse.ask(form), form)
                changed = expected[:5] + ("y" if expected[5] in "xX" else "x") + expected[6:]
                self.assertEqual((ours.reverse.ask(changed), theirs.reverse.ask(changed)), (None, None))
        print(f"\nSRS: {CASES} addresses, seed {SEED}: rewritten {rewritten}, of those too long for us {too_long}; left as they are {left}")
        self.assertGreater(min(rewritten - too_long, too_long, left), CASES // 50)

    def test_secrets_lengths_and_separators_of_each_other(self):
        for options, settings in (((), {}), (("-a+",), {}), (("-a-", "-n12"), {})):
            ours, theirs = start_ours(self, SECRETS, **settings), start_postsrsd(self, SECRETS[1:], *options)
            for address in ("ann@example.org", "Ann+b=c@example.org", "SRS0=abcd=AB=a.example=x@first.example"):
                with self.subTest(address, options=options):
                    self.assertEqual(ours.reverse.ask(theirs.forward.ask(address)), address)
            self.assertIsNone(theirs.reverse.ask(ours.forward.ask("ann@example.org")))  # it has not the new secret yet

    def test_known_differences(self):
        """COMPATIBILITY.md has a row for each."""
        ours, theirs = start_ours(self, SECRETS), start_postsrsd(self, SECRETS)
        for table, address, expected_of_theirs, expected_of_ours in (
                ("forward", "ann@forwarder.example", "ann@forwarder.example", None),  # nothing to change is not found
                ("forward", "@example.org", r"SRS0=\S{4}=\w\w=example\.org=@.*", None),
                ("forward", "srs1-list@example.org", None, r"SRS0=\S{4}=\w\w=example\.org=srs1-list@.*"),
                ("forward", "SRS0=foo@example.org", r"SRS1=\S{4}=example\.org==foo@.*", r"SRS0=\S{4}=\w\w=example\.org=SRS0=foo@.*"),
                ("forward", '"ann_lee"@example.org', r'SRS0=\S{4}=\w\w=example\.org="ann_lee"@.*', r"SRS0=\S{4}=\w\w=example\.org=ann_lee@.*"),
                ("forward", '"ann(lee"@example.org', r'SRS0=\S{4}=\w\w=example\.org="ann\(lee"@.*', r'"SRS0=\S{4}=\w\w=example\.org=ann\(lee"@.*')):
            for name, peer, expected in (("postsrsd", theirs, expected_of_theirs), ("ours", ours, expected_of_ours)):
                with self.subTest(address, of=name):
                    made = getattr(peer, table).ask(address)
                    self.assertTrue(made is None if expected is None else made and re.fullmatch(expected, made), made)
        elsewhere = theirs.forward.ask("ann@example.org").replace(DOMAIN, "other.example")
        self.assertEqual((theirs.reverse.ask(elsewhere), ours.reverse.ask(elsewhere)), ("ann@example.org", None))


def setUpModule():
    lib.fetch(lib.parts, "postsrsd")


if __name__ == "__main__":
    lib.main()
