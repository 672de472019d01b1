"""The actions of rules that speak to what comes after the rules, through a real Postfix: dmarc, no-dmarc, greylist, skip-greylist."""

import lib
from lib import Filtered, rule

ZONE = """
sender.example.            TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc.reject.example.     TXT "v=DMARC1; p=reject"
_dmarc.quarantine.example. TXT "v=DMARC1; p=quarantine"
_dmarc.none.example.       TXT "v=DMARC1; p=none"
reject.example.            A 203.0.113.1
quarantine.example.        A 203.0.113.1
none.example.              A 203.0.113.1
silent.example.            A 203.0.113.1
"""
REPLY = "550 5.7.1 Refused by the DMARC policy of reject.example"
DO, DO_NOT = rule("do", "", "dmarc", at="data"), rule("do not", "", "no-dmarc", at="data")
GREYLISTED = "451 4.7.1"


def setUpModule():
    Filtered.begin(ZONE, dmarc={"reject": "always"})


def tearDownModule():
    Filtered.end()


class Dmarc(Filtered):
    def fates(self):
        return [self.fate(f"ann@{name}.example") for name in ("reject", "quarantine", "none", "silent")]

    def test_no_dmarc_leaves_what_else_is_found(self):
        self.configure(compauth={"follow": "nothing"})
        self.assertEqual(self.fates(), ["550 5.7.1", "dmarc quarantine", "accept", "accept"])
        self.configure(compauth={"follow": "nothing"}, rule=[DO_NOT])
        self.assertEqual(self.fates(), ["accept"] * 4)
        self.configure(rule=[DO_NOT])
        self.assertEqual(self.fates(), ["suggestion junk"] * 4, "the judgement goes on without the policy")

    def test_no_dmarc_before_the_header_is_known(self):
        self.configure(compauth={"follow": "nothing"},
                       rule=[rule("partner", "client is 192.0.2.60", "no-dmarc", at="connect"),
                             rule("bounces", 'mail_from is ""', "no-dmarc", at="mail")])
        self.assertEqual(self.fate("ann@reject.example", address="192.0.2.60"), "accept")
        self.assertEqual(self.fate("", author="ann@reject.example"), "accept")
        self.assertEqual(self.fate("ann@reject.example"), "550 5.7.1")

    def test_dmarc_is_carried_out_in_monitor_mode_and_nothing_else(self):
        self.configure(mode="monitor", rule=[DO | {"mode": "enforce"}], lists={"block": ["192.0.2.66"]})
        self.assertEqual(self.fates(), ["550 5.7.1", "dmarc quarantine", "accept", "accept"])
        self.assertEqual(self.event()["would"], "suggestion: junk")
        self.assertEqual(self.fate("ann@none.example", address="192.0.2.66"), "accept")
        self.configure(mode="monitor", dmarc={"quarantine_as": "hold"}, rule=[DO | {"mode": "enforce"}])
        self.assertEqual(self.fate("ann@quarantine.example"), "hold")

    def test_dmarc_of_a_rule_that_is_watched(self):
        self.configure(mode="monitor", rule=[DO])
        self.assertEqual(self.fate("ann@reject.example"), "accept")
        self.assertEqual(self.event()["would"], f"rule do: dmarc; dmarc: reject {REPLY}")
        self.configure(rule=[DO_NOT | {"mode": "monitor"}])
        self.assertEqual(self.say("ann@reject.example"), ("end", REPLY))

    def test_dmarc_goes_before_the_lists_and_after_no_dmarc(self):
        allowed = {"allow": ["192.0.2.61"], "allow_pairs": ["reject.example, 198.51.100.0/24"]}
        self.configure(lists=allowed)
        for address in ("192.0.2.61", "198.51.100.7"):
            self.assertEqual(self.fate("ann@reject.example", address=address), "accept")
        self.configure(lists=allowed, rule=[DO])
        for address in ("192.0.2.61", "198.51.100.7"):
            self.assertEqual(self.say("ann@reject.example", address=address), ("end", REPLY))
        self.configure(compauth={"follow": "nothing"}, rule=[DO, DO_NOT])
        self.assertEqual(self.fate("ann@reject.example"), "accept")

    def test_a_rule_for_some_of_the_recipients(self):
        self.configure(compauth={"follow": "nothing"}, rule=[DO_NOT | {"recipients": ["bob@tailspintoys.com"]}])
        self.assertEqual(self.fate("ann@reject.example", recipients=(self.RECIPIENT,)), "550 5.7.1")
        self.assertEqual(self.fate("ann@reject.example", recipients=("bob@tailspintoys.com",)), "accept")


class Greylist(Filtered):
    number = 0

    def newcomer(self, **options):
        """What a message of somebody never seen gets."""
        Greylist.number += 1
        return self.fate(f"{'abcdefghij'[Greylist.number % 10]}.new{chr(97 + Greylist.number)}@silent.example", **options)

    def test_greylist_where_greylisting_is_off(self):
        suspect = rule("suspect", "client is 192.0.2.77", "greylist", "log")
        for settings in ({}, {"mode": "monitor"}):
            with self.subTest(settings=settings):
                self.configure(**settings, compauth={"follow": "nothing"}, rule=[suspect | {"mode": "enforce"}])
                self.assertEqual(self.newcomer(), GREYLISTED)
                self.assertEqual((self.event()["by"], self.event("rule.fired")["rule"]), ("greylist", "suspect"))
                self.assertEqual(self.newcomer(address="198.51.100.7"), "accept")
        self.configure(mode="monitor", rule=[suspect])
        self.assertEqual(self.newcomer(), "accept")
        self.assertIn("rule suspect: greylist", self.event()["would"])

    def test_greylist_undoes_no_exemption(self):
        self.configure(compauth={"follow": "nothing"}, rule=[rule("all", "", "greylist", at="data")],
                       greylist={"exempt_networks": ["192.0.2.63"]}, lists={"allow": ["192.0.2.64"]})
        for options in ({"address": "192.0.2.63"}, {"address": "192.0.2.64"}, {"recipients": ["postmaster@tailspintoys.com"]}):
            self.assertEqual(self.newcomer(**options), "accept", options)
        self.assertEqual(self.newcomer(address="192.0.2.65"), GREYLISTED)

    def test_skip_greylist(self):
        partner = rule("partner", "client in [192.0.2.64/26]", "skip-greylist")
        self.configure(compauth={"follow": "nothing"}, greylist={"enabled": True}, rule=[partner])
        self.assertEqual(self.newcomer(), "accept")
        self.assertEqual(self.event()["greylist"], "Accepted: a rule says skip-greylist")
        self.assertEqual(self.newcomer(address="198.51.100.7"), GREYLISTED)
        self.configure(compauth={"follow": "nothing"}, greylist={"enabled": True}, rule=[partner | {"mode": "monitor"}])
        self.assertEqual(self.newcomer(), GREYLISTED)

    def test_both_of_them(self):
        self.configure(compauth={"follow": "nothing"},
                       rule=[rule("spare", "", "skip-greylist", at="mail"), rule("ask", "", "greylist", at="data")])
        self.assertEqual(self.newcomer(), "accept", "who is spared is spared")
        bad = self.daemon.config.read_text() + lib.toml({"rule": [rule("torn", "", "greylist", "skip-greylist", at="data")]})
        (checked := self.daemon.folder / "torn.toml").write_text(bad)
        done = lib.run("rules", "check", checked, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("skip-greylist", done.stdout + done.stderr)


if __name__ == "__main__":
    lib.main()
