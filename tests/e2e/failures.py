"""Failures of Bonafide's own, provoked on a running daemon behind a real Postfix: DNS servers that are silent, a ledger that does not
answer, memory that runs out. Of each both answers: the mail passes and says so, or it is deferred."""

import contextlib
import fcntl
import os
import pathlib
import resource
import socket
import sqlite3
import unittest

import lib
from lib import Filtered, rule

ZONE = """
_dmarc.reject.example. TXT "v=DMARC1; p=reject"
reject.example.        A 203.0.113.1
"""
DEFERRED = "451 4.3.0 The mail could not be checked for a failure on our side; please try again later"
FORGED = "mx.tailspintoys.com; dkim=pass header.d=forged.example"
WATCH = rule("watch", 'helo is not ""', "log", at="data")


def setUpModule():
    global silent, ledger
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # takes questions and answers none
    silent.bind(("127.0.0.1", 0))
    ledger = lib.folder / "ledger.db"
    Filtered.begin(ZONE, ledger={"path": str(ledger), "batch": "10ms", "read_timeout": "100ms"}, dmarc={"reject": "always"})


def tearDownModule():
    Filtered.end()
    silent.close()


class Failures(Filtered):
    number = 0
    what = ""

    def stranger(self):
        """An author and a client of which nothing is known or cached."""
        Failures.number += 1
        return {"sender": f"ann@s{self.number}.example", "address": f"198.51.{self.number}.7"}

    def settings(self):
        return {}

    def failing(self):
        return contextlib.nullcontext()

    def configure_failure(self, **settings):
        self.configure(**self.settings(), **settings)

    def check_accepted(self, **results):
        before = self.daemon.metric(f'bonafide_messages_unchecked_total{{class="{self.what}"}}')
        with self.failing():
            delivered = self.deliver(**self.stranger(), X_Bonafide_Unchecked="forged", Authentication_Results=FORGED)
            event = self.event()
        self.assertEqual(lib.values(delivered, "X-Bonafide-Unchecked"), [self.what])
        self.assertNotIn(FORGED, lib.values(delivered, "Authentication-Results"), "what others wrote in our name goes all the same")
        self.assertEqual((event["unchecked"], event["decision"]), (self.what, "accept"))
        self.assertEqual({name: event[name] for name in results}, results)
        self.assertEqual(self.daemon.metric(f'bonafide_messages_unchecked_total{{class="{self.what}"}}'), before + 1)
        return delivered

    def check_deferred(self):
        with self.failing():
            self.assertEqual(self.say(**self.stranger()), ("end", DEFERRED))
            event = self.event()
        self.assertEqual((event["decision"], event["by"], event["unchecked"]), ("defer", f"failure.{self.what}", self.what))

    def check_both_answers(self, **results):
        listener = self.basis["server"]["listen"][0]
        for settings in ({}, {"server": {"on_failure": "tempfail"}, "failure": {self.what: "accept"}},
                         {"failure": {self.what: "tempfail", "listeners": [f"{listener} {self.what} accept"]}}):
            with self.subTest(accepts=settings):
                self.configure_failure(**settings)
                self.check_accepted(**results)
        for settings in ({"server": {"on_failure": "tempfail"}}, {"failure": {self.what: "tempfail"}},
                         {"mode": "monitor", "failure": {self.what: "tempfail"}}, {"failure": {"listeners": [f"{listener} * tempfail"]}}):
            with self.subTest(defers=settings):
                self.configure_failure(**settings)
                self.check_deferred()

    def check_that_no_rule_is_asked(self):
        """Where the mail is deferred."""
        fired = []
        for answer in ("tempfail", "accept"):
            self.configure_failure(rule=[WATCH], failure={self.what: answer})
            before = len(self.daemon.events("rule.fired"))
            with self.failing():
                self.say(**self.stranger())
            self.event()  # which comes behind those of rules
            fired.append(len(self.daemon.events("rule.fired")) - before)
        self.assertEqual(fired, [0, 1])


class Dns(Failures):
    what = "dns"

    def settings(self):
        return {"dns": {"zone": "", "servers": [f"127.0.0.1@{silent.getsockname()[1]}"], "timeout": "50ms", "message_timeout": "1s",
                        "dnssec": False}}

    def test_both_answers(self):
        self.check_both_answers(spf="temperror", dmarc="temperror", compauth="none", reason="305")

    def test_no_rule_is_asked_of_deferred_mail(self):
        self.check_that_no_rule_is_asked()

    def test_a_port_where_nobody_listens(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.configure(dns=self.settings()["dns"] | {"servers": [f"127.0.0.1@{port}"]})
        self.check_accepted(reason="305")

    def test_judged_as_far_as_it_goes_and_never_against_the_sender(self):
        self.configure_failure(lists={"accepted_domains": ["reject.example"]})
        delivered = self.deliver("ann@reject.example")
        self.assertIsNone(lib.junk_mark(delivered))
        self.assertEqual(lib.verdict(lib.values(delivered, "Authentication-Results")[0])["dmarc"], "temperror")
        self.configure_failure(lists={"block": ["192.0.2.66"]})
        self.assertEqual(self.fate("ann@reject.example", address="192.0.2.66"), "550 5.7.1", "what needs no DNS holds")


class Store(Failures):
    what = "store"

    @contextlib.contextmanager
    def failing(self):
        """Holds all locks of readers that SQLite has in its shared memory (walformat.html, 2.3), as though the disk stood still."""
        with open(f"{ledger}-shm", "r+b") as shared:
            fcntl.lockf(shared, fcntl.LOCK_EX, 5, 123)
            yield

    def test_both_answers(self):
        self.configure()
        before = self.daemon.metric("bonafide_history_unknown_total")
        self.check_both_answers(dmarc="none", compauth="fail", reason="001")
        self.assertEqual(self.daemon.metric("bonafide_history_unknown_total"), before + 7)
        self.configure()
        self.assertEqual(lib.values(self.deliver(**self.stranger()), "X-Bonafide-Unchecked"), [])

    def test_no_rule_is_asked_of_deferred_mail(self):
        self.check_that_no_rule_is_asked()

    def test_a_ledger_whose_tables_are_gone(self):
        self.configure()
        with contextlib.closing(sqlite3.connect(ledger)) as other:
            other.execute("ALTER TABLE history RENAME TO elsewhere")
            try:
                self.assertEqual(lib.values(self.deliver(**self.stranger()), "X-Bonafide-Unchecked"), ["store"])
                self.configure(failure={"store": "tempfail"})
                self.assertEqual(self.say(**self.stranger()), ("end", DEFERRED))
            finally:
                other.execute("ALTER TABLE elsewhere RENAME TO history")


@unittest.skipIf(os.environ.get("BONAFIDE_SANITIZE"), "a sanitizer ends the process where memory runs out")
class Internal(Failures):
    what = "internal"

    def settings(self):
        return {"limits": {"header_bytes": 104857600}}

    @contextlib.contextmanager
    def failing(self):
        """No more memory than it has."""
        process = self.daemon.process.pid
        limits = resource.prlimit(process, resource.RLIMIT_AS)
        pages = pathlib.Path(f"/proc/{process}/statm").read_text().split()[0]
        resource.prlimit(process, resource.RLIMIT_AS, (int(pages) * resource.getpagesize(), limits[1]))
        try:
            yield
        finally:
            resource.prlimit(process, resource.RLIMIT_AS, limits)

    def message(self, author, **header):
        """A header that takes more than what the allocator keeps at hand."""
        value = b" \r\n".join([b" " + b"x" * 900] * 100)
        return b"".join(b"X-Much-%d: %s\r\n" % (i, value) for i in range(400)) + super().message(author, **header)

    def test_both_answers(self):
        self.configure_failure()
        self.check_accepted(dmarc="-", compauth="none", reason="305")
        self.configure_failure(failure={"internal": "tempfail"})
        self.check_deferred()
        self.assertGreater(self.daemon.metric("bonafide_internal_errors_total"), 0)


if __name__ == "__main__":
    lib.main()
