"""Mail that claims to be ours, and who may write in whose name, through a real Postfix: sender spoofing protection, accepted domains,
pairs, safe and blocked senders, each with what lands where."""

import lib
from lib import Filtered, rule

ZONE = """
tailspintoys.com.           TXT "v=spf1 ip4:192.0.2.30 -all"
tailspintoys.com.           A 192.0.2.30
sender.example.             TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc.sender.example.      TXT "v=DMARC1; p=reject"
_dmarc.strict.example.      TXT "v=DMARC1; p=reject"
strict.example.             A 203.0.113.1
plain.example.              TXT "v=spf1 ip4:192.0.2.10 -all"
silent.example.             A 203.0.113.1
"""
OURS = {"set": [{"name": "ours", "entries": ["tailspintoys.com", ".tailspintoys.com"]}]}
BOSS = "boss@tailspintoys.com"
ANN, BOB = "astobes@tailspintoys.com", "bob@tailspintoys.com"
BLOCKED = "550 5.7.1 This sender may not write in the name of silent.example"


def setUpModule():
    Filtered.begin(ZONE)


def tearDownModule():
    Filtered.end()


class OwnDomain(Filtered):
    """docs/rules.md, "Spoofs of our own domain"."""

    WHEN = "(from.domain in @ours or mail_from.domain in @ours) and spf.result is not pass"

    def fates(self):
        """Of a spoof by a stranger, one with his own MAIL FROM, one of a domain below ours, our own host, and somebody else's mail."""
        return [self.fate(BOSS), self.fate("ann@silent.example", author=BOSS),
                self.fate("ann@silent.example", author="boss@hr.tailspintoys.com"), self.fate(BOSS, address="192.0.2.30"),
                self.fate("ann@sender.example", address="192.0.2.10")]

    def test_quarantine(self):
        for verb, spoofed in (("quarantine", "hold"), ("junk", "rule junk"), ("reject 550 5.7.1 not ours", "550 5.7.1")):
            with self.subTest(verb=verb):
                self.configure(**OURS, compauth={"follow": "nothing"}, rule=[rule("own domain", self.WHEN, verb, "log")])
                self.assertEqual(self.fates(), [spoofed] * 3 + ["accept"] * 2)
        self.configure(**OURS, compauth={"follow": "nothing"}, rule=[rule("own domain", self.WHEN, "quarantine", "log")])
        self.assertEqual(self.fate(BOSS), "hold")
        self.assertEqual(self.event("rule.fired")["rule"], "own domain")
        self.assertEqual((self.event()["decision"], self.event()["by"]), ("hold", "rule own domain"))

    def test_what_is_held_is_released_as_it_was_stamped(self):
        self.configure(**OURS, rule=[rule("own domain", self.WHEN, "quarantine", "add-header X-Held: yes")])
        self.assertEqual(self.fate(BOSS), "hold")
        self.postfix.command("postsuper", "-H", "ALL")
        self.postfix.command("postqueue", "-f")
        delivered = self.postfix.delivered(self.token)
        self.assertEqual(lib.values(delivered, "X-Held"), ["yes"])
        self.assertEqual(lib.compauth(delivered)[0], "fail")

    def test_accepted_domains(self):
        ours = {"lists": {"accepted_domains": ["tailspintoys.com"]}}
        for settings, expected in (({}, "suggestion junk"), ({"dmarc": {"preset": "microsoft-standard"}}, "spoof junk"),
                                   ({"dmarc": {"preset": "microsoft-strict"}}, "spoof quarantine"),
                                   ({"dmarc": {"preset": "microsoft-strict", "quarantine_as": "hold"}}, "hold"),
                                   ({"compauth": {"follow": "nothing"}}, "accept")):
            with self.subTest(settings=settings):
                self.configure(**ours, **settings)
                self.assertEqual(self.fate("ann@silent.example", author=BOSS), expected)
                self.assertEqual((self.event()["compauth"], self.event()["reason"]), ("fail", "601"))
        self.configure(**ours)
        self.assertEqual(self.fate(BOSS, address="192.0.2.30"), "accept")
        self.configure(**ours, direction={"internal_networks": ["192.0.2.77"]})
        self.assertEqual(self.fate("ann@silent.example", author=BOSS), "accept", "our own network")


class Pairs(Filtered):
    def test_a_blocked_pair(self):
        pair = {"block_pairs": ["silent.example, 192.0.2.0/24"]}
        for settings, expected in (({"compauth": {"follow": "nothing"}}, "accept"), ({}, "spoof junk"),
                                   ({"compauth": {"follow": "quarantine"}}, "spoof quarantine"),
                                   ({"compauth": {"follow": "quarantine"}, "dmarc": {"quarantine_as": "hold"}}, "hold"),
                                   ({"compauth": {"follow": "reject"}}, "550 5.7.1"),
                                   ({"dmarc": {"preset": "microsoft-default"}, "spoof": {"intelligence": "off"}}, "spoof junk")):
            with self.subTest(settings=settings):
                self.configure(lists=pair, **settings)
                self.assertEqual(self.fate("ann@silent.example"), expected)
                self.assertEqual(self.event()["reason"], "002")
        self.configure(lists=pair, compauth={"follow": "reject"})
        self.assertEqual(self.say("ann@silent.example"), ("end", BLOCKED))
        self.assertNotEqual(self.fate("ann@silent.example", address="198.51.100.7"), "550 5.7.1", "from elsewhere")

    def test_what_a_block_goes_before(self):
        safe = lib.folder / "safe"
        safe.write_text("* safe sender.example\n")
        pair = ["sender.example, 192.0.2.0/24"]
        pairs = {"block_pairs": pair, "allow_pairs": pair, "allow": ["192.0.2.10"]}
        self.configure(lists=pairs, recipients={"senders": str(safe)}, compauth={"follow": "reject"})
        self.assertEqual(self.fate("ann@sender.example", address="192.0.2.10"), "550 5.7.1", "a proven, allowed and safe sender")
        self.configure(lists=pairs, compauth={"follow": "reject"}, rule=[rule("spared", "", "accept", at="data")])
        self.assertEqual(self.fate("ann@sender.example", address="192.0.2.10"), "accept")

    def test_an_allowed_pair(self):
        self.configure(dmarc={"reject": "always"})
        self.assertEqual([self.fate("ann@strict.example"), self.fate("ann@silent.example")], ["550 5.7.1", "suggestion junk"])
        self.configure(dmarc={"reject": "always"}, lists={"allow_pairs": ["strict.example, 192.0.2.0/24", "ann@silent.example, *"]})
        self.assertEqual([self.fate("ann@strict.example"), self.fate("ann@silent.example")], ["accept", "accept"])
        self.assertEqual([self.fate("ann@strict.example", address="198.51.100.7"), self.fate("bob@silent.example")],
                         ["550 5.7.1", "suggestion junk"])


class Senders(Filtered):
    def users(self, *lines, **settings):
        (file := self.daemon.folder / "senders").write_text("".join(line + "\n" for line in lines))
        self.configure(recipients={"senders": str(file)}, **settings)

    def test_a_safe_sender_that_is_proven(self):
        self.users(f"{ANN} safe plain.example", compauth={"follow": "junk", "weights": ["best_guess=-20"]})
        self.assertEqual([self.fate("ann@plain.example", address="192.0.2.10", recipients=one) for one in ((ANN,), (BOB,), (ANN, BOB))],
                         ["accept", "suggestion junk", "suggestion junk"], "of both only where both say so")
        self.assertEqual(self.fate("ann@plain.example", recipients=(ANN,)), "suggestion junk", "not proven")

    def test_a_blocked_sender(self):
        self.users(f"{ANN} blocked silent.example", compauth={"follow": "nothing"})
        self.assertEqual([self.fate("ann@silent.example", recipients=one) for one in ((ANN,), (BOB,), (ANN, BOB))],
                         ["list junk", "accept", "accept"])
        self.users(f"{ANN} blocked strict.example", dmarc={"reject": "always"})
        self.assertEqual([self.fate("ann@strict.example", recipients=one) for one in ((ANN,), (BOB,))], ["list junk", "550 5.7.1"],
                         "neither less nor more than the mark")
        self.users(f"{ANN} blocked silent.example", compauth={"follow": "nothing"}, dmarc={"quarantine_as": "hold"})
        self.assertEqual(self.fate("ann@silent.example", recipients=(ANN,)), "list junk", "a user holds nothing back")

    def test_the_nearest_word_wins(self):
        self.users("* blocked silent.example", "@tailspintoys.com blocked sender.example", f"{ANN} safe ann@sender.example",
                   compauth={"follow": "nothing"})
        for sender, recipient, expected in (("ann@sender.example", ANN, "accept"), ("bob@sender.example", ANN, "list junk"),
                                            ("ann@sender.example", BOB, "list junk"), ("ann@silent.example", BOB, "list junk"),
                                            ("ann@sender.example", "astobes+news@tailspintoys.com", "accept")):
            with self.subTest(sender=sender, recipient=recipient):
                self.assertEqual(self.fate(sender, address="192.0.2.10", recipients=(recipient,)), expected)


if __name__ == "__main__":
    lib.main()
