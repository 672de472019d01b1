"""Messages signed by OpenDKIM, an independent implementation: ours verifies each of them, and refuses each after one byte is altered."""

import subprocess
import unittest

import lib
import milter
import signer

DOMAIN = "signed.example"
KEYS = {"rsa-sha256": ("r1", signer.RsaKey()), "ed25519-sha256": ("e1", signer.Ed25519Key())}
ZONE = "".join(signer.key_record(DOMAIN, selector, key) for selector, key in KEYS.values())

# What the four canonicalizations treat differently: runs of blanks, folded fields, blanks at line ends, empty lines at the end.
MESSAGE = (b"From: Ann  <ann@signed.example>\r\n"
           b"To: bob@receiver.example,\r\n\t carol@receiver.example\r\n"
           b"SUBJECT:  two  blanks \r\n"
           b"Date: Thu, 1 Jan 2026 12:00:00 +0000\r\n"
           b"Message-ID: <one@signed.example>\r\n"
           b"\r\n"
           b"  A line  with blanks \t \r\n"
           b".\r\n"
           b"\r\n"
           b"last line\r\n\r\n\r\n")
ALTERED = {"a body byte": (b"last line", b"lasT line"), "a signed field": (b"two  blanks", b"twO  blanks"),
           "one more body line": (b"last line\r\n", b"last line\r\nmore\r\n")}


class Signer:
    """opendkim in signing mode on a socket in the work folder. A context manager."""

    def __init__(self, run, algorithm, canonicalization):
        selector, key = KEYS[algorithm]
        self.folds_too_late = algorithm == "ed25519-sha256" and canonicalization.startswith("simple")
        self.folder = lib.folder / f"opendkim-{algorithm}-{canonicalization.replace('/', '-')}"
        self.folder.mkdir()
        pem = self.folder / "key"
        pem.write_text(key.pem())
        pem.chmod(0o600)
        self.socket = self.folder / "socket"
        (self.folder / "conf").write_text(
            f"Mode s\nDomain {DOMAIN}\nSelector {selector}\nKeyFile {pem}\nSignatureAlgorithm {algorithm}\n"
            f"Canonicalization {canonicalization}\nSocket local:{self.socket}\nInternalHosts 127.0.0.1\n"
            f"Background no\nRequireSafeKeys no\nPidFile {self.folder}/pid\n")
        self.process = subprocess.Popen([run, "opendkim", "-f", "-x", self.folder / "conf"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=(self.folder / "errors").open("wb"))

    def __enter__(self):
        def up():
            if self.process.poll() is not None:
                raise AssertionError(f"opendkim ended: {(self.folder / 'errors').read_text()}")
            try:  # the file is there before anybody listens
                lib.Stream(str(self.socket)).close()
            except (FileNotFoundError, ConnectionRefusedError):
                return False
            return True
        try:
            lib.wait_for(up, "opendkim's socket")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def as_signed(self, value):
        """OpenDKIM 2.11 folds an ed25519 signature before b= after it has hashed the field without that fold, which breaks its own
        signature under simple header canonicalization; with the fold undone it is what was signed. See COMPATIBILITY.md."""
        return value.replace(b";\r\n\tb=", b"; b=") if self.folds_too_late else value

    def sign(self, raw):
        with milter.Peer(str(self.socket)) as peer:
            peer.negotiate()
            peer.open(address="127.0.0.1", name="localhost")
            peer.envelope(f"<ann@{DOMAIN}>", i="4ABC")
            changes, _ = peer.message(raw)
            blank = b"" if peer.steps & milter.LEADING_SPACE else b" "
        for letter, arguments in changes:
            if letter in "ih":
                name, value = arguments[4 if letter == "i" else 0:].split(b"\0")[:2]
                if name == b"DKIM-Signature":
                    value = value.replace(b"\r", b"").replace(b"\n", b"\r\n")
                    self.as_sent = name + b":" + blank + value + b"\r\n" + raw
                    return name + b":" + blank + self.as_signed(value) + b"\r\n" + raw
        raise AssertionError(f"opendkim did not sign: {changes}")


class OpenDkim(unittest.TestCase):
    def by_command(self, raw):
        (lib.folder / "zone").write_text(ZONE)
        done = lib.run("verify", "-", "--zone", lib.folder / "zone", "--ip", "192.0.2.10", "--headers", input=raw)
        self.assertEqual(done.returncode, 0, done.stderr)
        return lib.verdict(lib.values(done.stdout, "Authentication-Results")[0])["dkim"]

    def by_daemon(self, raw):
        with milter.Peer(self.daemon.port) as peer:
            peer.negotiate()
            peer.open()
            peer.envelope()
            changes, answer = peer.message(raw, chunk=7)
        self.assertIn(answer, "ac")
        return lib.verdict(milter.inserted(changes, "Authentication-Results")[0])["dkim"]

    def test_every_algorithm_and_canonicalization(self):
        self.daemon = lib.Daemon(zone=ZONE)
        self.addCleanup(self.daemon.stop)
        run = lib.fetch(lib.parts, "opendkim")
        for algorithm in KEYS:
            for canonicalization in ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"):
                with self.subTest(f"{algorithm} {canonicalization}"), Signer(run, algorithm, canonicalization) as opendkim:
                    signed = opendkim.sign(MESSAGE)
                    self.check(signed)
                    if opendkim.folds_too_late:
                        self.assertNotEqual(opendkim.as_sent, signed)
                        self.assertEqual(self.by_command(opendkim.as_sent), ["fail"])
                    empty = opendkim.sign(MESSAGE[:MESSAGE.index(b"\r\n\r\n") + 4])
                    self.assertEqual((self.by_command(empty), self.by_daemon(empty)), (["pass"], ["pass"]))

    def check(self, signed):
        self.assertEqual((self.by_command(signed), self.by_daemon(signed)), (["pass"], ["pass"]))
        for what, (old, new) in ALTERED.items():
            altered = signed.replace(old, new)
            self.assertNotEqual(altered, signed)
            with self.subTest(what):
                self.assertEqual((self.by_command(altered), self.by_daemon(altered)), (["fail"], ["fail"]))


def setUpModule():
    lib.fetch(lib.parts, "opendkim")


if __name__ == "__main__":
    lib.main()
