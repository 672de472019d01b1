"""A peer that keeps to no rule of the milter protocol: whatever it sends, the daemon goes on serving others and keeps its size."""

import os
import random
import resource
import socket
import struct
import time
import unittest

import lib
import milter
import signer

sanitized = "BONAFIDE_SANITIZE" in os.environ  # a sanitizer keeps freed memory: sizes say nothing then
MESSAGE = b"From: ann@sender.example\r\nTo: b@tailspintoys.com\r\nSubject: x\r\n\r\nHello.\r\n"
SESSION = [milter.offer(), milter.macros("C", j="mx.example", daemon_name="smtpd"), milter.connect(), milter.helo(),
           milter.macros("M", i="4ABC"), milter.mail("<ann@sender.example>", "SIZE=100", "BODY=8BITMIME"), milter.rcpt(),
           milter.DATA, milter.header("From", " ann@sender.example"), milter.END_OF_HEADER, milter.body(b"Hello.\r\n"),
           milter.END, milter.QUIT_NEW, milter.QUIT]


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard) if hard != resource.RLIM_INFINITY else 4096, hard))
        cls.daemon = lib.Daemon({"server": {"handshake_timeout": "5m"}, "log": {"level": "info"}},
                                signer.key_record("signed.example", "k", signer.RsaKey()))
        cls.addClassCleanup(cls.daemon.stop)
        for _ in range(20):
            cls.served()
        cls.at_rest = cls.daemon.resident_kib()

    @classmethod
    def served(cls):
        """A message of an honest MTA; the results and how long it took."""
        began = time.monotonic()
        with milter.Peer(cls.daemon.port) as peer:
            peer.negotiate()
            peer.open()
            peer.envelope()
            changes, answer = peer.message(MESSAGE)
        assert answer in "ac", answer
        return lib.verdict(milter.inserted(changes, "Authentication-Results")[0]), time.monotonic() - began

    def tearDown(self):
        results, _ = self.served()
        self.assertEqual(results["spf"], "none")
        lib.wait_for(lambda: self.daemon.metric("bonafide_milter_connections") == 0, "all connections to be gone")
        if not sanitized:
            self.assertLess(self.daemon.resident_kib() - self.at_rest, 24 * 1024, "KiB grown")

    def throw(self, data):
        """Sends bytes on a connection of their own, half-closes it and reads until the daemon closes: it never waits for ever."""
        with milter.Peer(self.daemon.port) as peer:
            try:
                peer.send(data)
                peer.socket.shutdown(socket.SHUT_WR)
                while peer.socket.recv(65536):
                    pass
            except TimeoutError:
                raise
            except OSError:  # reset, broken pipe, not connected any more: the daemon was quicker to close
                pass

    def test_every_command_truncated_at_every_byte_of_the_wire(self):
        """Also: a disconnect at every stage."""
        whole = b"".join(SESSION)
        for end in range(len(whole)):
            self.throw(whole[:end])

    def test_every_command_truncated_within_its_packet(self):
        """The length is right, but the arguments end early; the packets before it put the daemon into the right state."""
        for number, packet in enumerate(SESSION):
            before, letter, arguments = b"".join(SESSION[:number]), chr(packet[4]), packet[5:]
            for end in range(len(arguments)):
                self.throw(before + milter.packet(letter, arguments[:end]) + b"".join(SESSION[number + 1:]))

    def test_lengths(self):
        for before in (b"", SESSION[0], b"".join(SESSION[:5]), b"".join(SESSION[:10])):
            for length in (0, 1, 2, 65536, 65537, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
                for letter in b"OCHMRTLNBEAQKDU\x00z\xff":
                    self.throw(before + struct.pack(">IB", length, letter))
        self.throw(milter.offer() + milter.packet("H", b"x" * 70000 + b"\0"))
        self.throw(milter.offer() + milter.connect() + milter.packet("D", b"M" + b"a\0b\0" * 20000))

    def test_wrong_order(self):
        random.seed(1)
        for _ in range(300):
            self.throw(b"".join(random.choices(SESSION, k=random.randrange(1, 20))))
        for _ in range(100):  # a proper beginning first
            self.throw(b"".join(SESSION[:random.randrange(1, 12)] + random.choices(SESSION[1:], k=12)))

    def test_noise(self):
        random.seed(2)
        for _ in range(300):
            self.throw(random.randbytes(random.randrange(1, 300)))
            self.throw(SESSION[0] + struct.pack(">I", random.randrange(1, 40)) + random.randbytes(60))

    def test_resets(self):
        for number in range(len(SESSION) + 1):
            with milter.Peer(self.daemon.port) as peer:
                peer.send(b"".join(SESSION[:number]))
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def test_old_and_new_versions(self):
        for version in (2, 3, 4, 5, 6, 7, 100):
            with milter.Peer(self.daemon.port) as peer:
                agreed, _, _ = peer.negotiate(version=version, steps=milter.ALL_STEPS if version >= 6 else 0x7F)
                self.assertEqual(agreed, min(version, 6))
                peer.open()
                if version < 4:
                    peer.steps |= milter.OMITTED["T"]
                peer.envelope()
                changes, _ = peer.message(MESSAGE)
                self.assertEqual(len(milter.inserted(changes, "Authentication-Results")), 1)
        for version in (0, 1):
            self.throw(milter.offer(version=version))

    def test_thousand_connections_that_never_speak(self):
        silent = [milter.Peer(self.daemon.port) for _ in range(1000)]
        try:
            for number, peer in enumerate(silent):  # some stop in mid-packet, some in mid-message
                peer.send(b"".join(SESSION[:number % 11]) + SESSION[number % 11][:number % 5])
            lib.wait_for(lambda: self.daemon.metric("bonafide_milter_connections") == 1000, "1000 connections")
            times = sorted(self.served()[1] for _ in range(20))
            self.assertLess(times[10], 0.5)
        finally:
            for peer in silent:
                peer.close()

    def test_body_of_500_mebibytes(self):
        chunk = milter.body(b"0123456789abcdef" * 4095)
        signature = (b" v=1; a=rsa-sha256; c=relaxed/relaxed; d=signed.example; s=k; h=from; bh=" + b"A" * 43 + b"=; b=" + b"A" * 171 + b"=")
        with milter.Peer(self.daemon.port) as peer:
            peer.negotiate()
            peer.open()
            peer.envelope()
            # A key that exists, and a hash that only the whole body can refute: the daemon must read it all.
            peer.tell(milter.header("DKIM-Signature", signature))
            peer.tell(milter.header("From", " ann@sender.example"))
            peer.tell(milter.END_OF_HEADER)
            peer.tell(chunk)
            before = self.daemon.resident_kib()
            grown = 0
            for number in range(500 * 1024 * 1024 // len(chunk)):
                self.assertIn(peer.tell(chunk), ("c", None))
                if number % 500 == 0:
                    grown = max(grown, self.daemon.resident_kib() - before)
            grown = max(grown, self.daemon.resident_kib() - before)
            changes, _ = peer.verdict()
        self.assertEqual(lib.verdict(milter.inserted(changes, "Authentication-Results")[0])["dkim"], ["fail"])
        if not sanitized:
            self.assertLess(grown, 4 * 1024, "KiB grown")

    def test_header_as_large_as_the_protocol_allows(self):
        with milter.Peer(self.daemon.port) as peer:
            peer.negotiate()
            peer.open()
            peer.envelope()
            for name, size in (("From", 20), ("X-Long", 1024 * 1024 - 100), ("X-More", 60000), ("X-More", 60000)):
                peer.tell(milter.header(name, b" ann@sender.example" if name == "From" else b" " + b"x" * size))
            peer.tell(milter.END_OF_HEADER)
            changes, answer = peer.verdict()
        self.assertIn(answer, "ac")
        self.assertEqual(milter.inserted(changes, "X-Bonafide-Unchecked"), ["limit"])


if __name__ == "__main__":
    lib.main()
