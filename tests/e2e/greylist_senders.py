"""Who counts as the same sender and who is never asked to come again, through a real Postfix: pools, addresses that change from try to try,
two daemons on one ledger, hashed rows, recipients that do not count, mail of our own."""

import contextlib
import json
import sqlite3

import lib
from lib import Filtered, rule

ZONE = """
big.example.      TXT "v=spf1 ip4:203.0.113.0/24 ip4:198.51.100.0/24 -all"
open.example.     TXT "v=spf1 +all"
"""
DELAY, HOUR, DAY = 300, 3600, 86400
WAIT, TAKEN = "451 4.7.1", "accept"
ANN, BOB = "astobes@tailspintoys.com", "bob@tailspintoys.com"


def setUpModule():
    global clock, second, second_port, submission_port
    lib.need_root("Postfix")
    clock = lib.Clock()
    settings = {"mode": "enforce", "compauth": {"follow": "nothing"}, "ledger": {"path": str(lib.folder / "ledger.db"), "batch": "10ms"},
                "greylist": {"enabled": True, "delay": f"{DELAY}s", "known_after": 0}}
    daemons = [lib.Daemon(settings, ZONE, environment=clock.environment) for _ in range(2)]
    second = daemons[1]
    Filtered.begin(ZONE, daemon=daemons[0])
    second_port = Filtered.postfix.add_service(f"smtpd_milters={second.addresses[0]}")
    submission_port = Filtered.postfix.add_service("milter_macro_daemon_name=ORIGINATING")


def tearDownModule():
    Filtered.end()
    second.stop()


class Greylist(Filtered):
    def rows(self, *options):
        done = lib.run("greylist", "list", "--json", "--config", self.daemon.config, *options)
        return json.loads(done.stdout)

    def comes_again(self, first, second, **options):
        """What the attempt of `second` gets, some minutes after that of `first`, which has to wait."""
        self.assertEqual(self.fate(first, **options), WAIT)
        clock.wait(DELAY + 5)
        return self.fate(second, **options)


class Senders(Greylist):
    def test_what_changes_from_try_to_try(self):
        for first, second in (("ann+one@tags.example", "ann+two@tags.example"),
                              ("prvs=0123abcdef=ann@batv.example", "prvs=4567abc012=ann@batv.example"),
                              ("bounce-1234-ann=ours@verp.example", "bounce-98765-ann=ours@verp.example"),
                              ("msg.4f9a21bc77e0d@verp.example", "msg.00ad81ffe1234@verp.example"),
                              ("SRS0=HHHH=TT=origin.example=ann@srs.example", "SRS0=h2h2=UU=origin.example=ann@srs.example"),
                              ("Ann@CASE.example", "ann@case.example"), ("", "")):
            with self.subTest(first=first):
                self.configure()
                self.assertEqual(self.comes_again(first, second, author="ann@somebody.example"), TAKEN)

    def test_what_does_not(self):
        self.configure()
        for first, second in (("ann@other.example", "bob@other.example"), ("ann@other1.example", "ann@other2.example"),
                              ("prvs=0123abcdef=ann@batv2.example", "prvs=0123abcdef=bob@batv2.example")):
            with self.subTest(first=first):
                self.assertEqual(self.comes_again(first, second), WAIT)
        self.configure(greylist=self.basis["greylist"] | {"sender": "domain"})
        self.assertEqual(self.comes_again("carl@one.example", "dora@one.example"), TAKEN)

    def test_networks(self):
        self.configure()
        self.assertEqual(self.fate("ann@net.example", address="192.0.2.77"), WAIT)
        clock.wait(DELAY + 5)
        self.assertEqual([self.fate("ann@net.example", address=address) for address in ("192.0.3.77", "192.0.2.1")], [WAIT, TAKEN])
        self.configure(greylist=self.basis["greylist"] | {"ipv4_prefix": 32})
        self.assertEqual(self.fate("ann@host.example", address="192.0.2.77"), WAIT)
        clock.wait(DELAY + 5)
        self.assertEqual(self.fate("ann@host.example", address="192.0.2.78"), WAIT)

    def test_everybody_is_authenticated_by_nobody(self):
        self.configure()
        self.assertEqual(self.fate("ann@open.example", address="192.0.2.77"), WAIT)
        clock.wait(DELAY + 5)
        self.assertEqual(self.fate("ann@open.example", address="198.51.100.9"), WAIT)


class Pools(Greylist):
    def test_a_network_and_a_domain_become_known(self):
        self.configure(greylist=self.basis["greylist"] | {"known_after": 2})
        for who, addresses in (("network", ["192.0.4.1"] * 4), ("domain", ["203.0.113.9", "198.51.100.9"] * 2)):
            with self.subTest(who=who):
                name = "pool.example" if who == "network" else "big.example"
                senders = [f"{word}@{name}" for word in ("alpha", "beta", "gamma", "delta")]
                self.assertEqual(self.comes_again(senders[0], senders[0], address=addresses[0]), TAKEN)
                clock.wait(60)
                self.assertEqual(self.comes_again(senders[1], senders[1], address=addresses[1]), TAKEN)
                self.assertEqual(self.fate(senders[2], address=addresses[2]), WAIT, "two within the hour count once")
                clock.wait(HOUR)
                self.assertEqual(self.fate(senders[2], address=addresses[2]), TAKEN)
                self.assertEqual(self.fate(senders[3], address=addresses[3]), TAKEN, "known, whatever it sends")
                self.assertIn("came again often enough", self.event()["greylist"])
                shown = "192.0.4.0/24" if who == "network" else name
                lib.wait_for(lambda: shown in json.dumps(self.rows("--pools")), "the pool in the ledger")
                clock.wait(40 * DAY)
                self.assertEqual(self.fate(senders[3], address=addresses[3]), WAIT, "forgotten")


class Ledger(Greylist):
    def test_two_daemons_on_one_ledger(self):
        self.configure()
        self.assertEqual(self.fate("ann@two.example"), WAIT)
        lib.wait_for(lambda: "ann@two.example" in json.dumps(self.rows()), "the row")
        said = lambda: second.events("message")[-1]["greylist"]
        with self.postfix.connect(second_port) as client:
            client.come_from(self.STRANGER).mail("ann@two.example", ANN, self.message("ann@two.example"), "451 4.7.1")
        lib.wait_for(lambda: second.events("message"), "its log")
        self.assertTrue(said().startswith("Rejected (not verified), "), said())
        clock.wait(DELAY + 5)
        with self.postfix.connect(second_port) as client:
            client.come_from(self.STRANGER).mail("ann@two.example", ANN, self.message("ann@two.example"))
        verified = lambda: [row for row in self.rows() if "two.example" in json.dumps(row) and "erified" in json.dumps(row)]
        lib.wait_for(verified, "the word of the second daemon")
        self.assertEqual(self.fate("ann@two.example"), TAKEN)

    def test_rows_of_a_ledger_that_keeps_no_names(self):
        self.configure(ledger=self.basis["ledger"] | {"addresses": "hashed"})
        sender, recipient = "secretive.sally@hashed.example", "hidden.harry@tailspintoys.com"
        self.assertEqual(self.comes_again(sender, sender, recipients=(recipient,)), TAKEN)
        lib.wait_for(lambda: "hashed.example" in json.dumps(self.rows()), "the row")
        with contextlib.closing(sqlite3.connect(f"file:{self.daemon.settings['ledger']['path']}?mode=ro", uri=True)) as file:
            kept = "\n".join(file.iterdump())
        self.assertNotIn("sally", kept)
        self.assertNotIn("harry", kept)
        self.assertNotIn("sally", json.dumps(self.rows()))
        self.assertEqual(len(self.rows("--sender", sender)), 1, "found by who knows the address")


class Recipients(Greylist):
    def test_one_of_several_does_not_wait(self):
        self.configure()
        self.assertEqual(self.fate("ann@mixed.example", recipients=(ANN, "postmaster@tailspintoys.com")), TAKEN)
        self.assertTrue(self.event()["greylist"].startswith("Accepted, mixed: greylist.exempt_recipients has postmaster@tailspintoys.com"),
                        self.event()["greylist"])
        clock.wait(DELAY + 5)
        self.assertEqual(self.fate("ann@mixed.example", recipients=(ANN,)), WAIT, "nothing was kept of her")
        clock.wait(DELAY + 5)
        self.assertEqual(self.fate("ann@mixed.example", recipients=(ANN, BOB)), TAKEN, "she is through, and he comes along")
        self.assertTrue(self.event()["greylist"].startswith("Verified, mixed: it came again"), self.event()["greylist"])
        self.assertEqual(self.fate("ann@mixed.example", recipients=(BOB,)), WAIT)

    def test_a_rule_for_one_of_several(self):
        ask = rule("ask", "", "greylist", at="data", recipients=[BOB])
        self.configure(greylist={"enabled": False}, rule=[ask])
        self.assertEqual([self.fate("ann@ruled.example", recipients=recipients) for recipients in ((ANN,), (BOB,), (ANN, BOB))],
                         [TAKEN, WAIT, TAKEN])
        self.assertIn("rule ask: greylist, but the message is for others too", self.event()["would"])

    def test_whom_the_mta_or_a_rule_refused(self):
        self.configure(rule=[rule("closed", f"recipient is {BOB}", "reject 550 5.1.1 no such user", at="rcpt")])
        recipients = ("nobody@elsewhere.example", ANN, BOB)
        self.assertEqual(self.fate("ann@refused.example", recipients=recipients), WAIT)
        self.assertEqual(list(self.refused), [recipients[0], BOB])
        lib.wait_for(lambda: "refused.example" in json.dumps(self.rows()), "the row")
        rows = json.dumps([row for row in self.rows() if "refused.example" in json.dumps(row)])
        self.assertNotIn("elsewhere.example", rows)
        self.assertNotIn(BOB, rows)
        clock.wait(DELAY + 5)
        self.assertEqual(self.fate("ann@refused.example", recipients=recipients), TAKEN)

    def test_mail_of_our_own_and_of_our_relays(self):
        self.configure(direction={"internal_networks": ["192.0.2.128/25"], "relays": ["192.0.2.64/32"]})
        for options, direction in (({"address": "192.0.2.200"}, "internal"), ({"port": submission_port}, "submitted")):
            with self.subTest(direction=direction):
                self.assertEqual(self.fate("ann@never.example", **options), TAKEN)
                self.assertEqual((self.event()["direction"], self.event()["greylist"]), (direction, ""))
        received = "from a.example (a.example [192.0.2.33]) by relay.tailspintoys.com with ESMTP id 1; Thu, 1 Jan 2026 12:00:00 +0000"
        self.assertEqual(self.fate("ann@never.example", address="192.0.2.64", Received=received), TAKEN)
        self.assertIn("is a relay of ours", self.event()["greylist"])
        self.assertNotIn("never.example", json.dumps(self.rows()))

    def test_the_reason_is_in_the_log(self):
        self.configure(greylist=self.basis["greylist"] | {"exempt_senders": ["friend.example"], "skip_spf": "always"})
        for sender, address, reason in (("ann@friend.example", "192.0.2.77", "Accepted: greylist.exempt_senders has ann@friend.example"),
                                        ("ann@big.example", "203.0.113.9", "Accepted: SPF passes for big.example"),
                                        ("ann@told.example", "192.0.2.77", f"Rejected, {DELAY} s: its sender is new here")):
            with self.subTest(sender=sender):
                self.fate(sender, address=address)
                self.assertTrue(self.event()["greylist"].startswith(reason), self.event()["greylist"])


if __name__ == "__main__":
    lib.main()
