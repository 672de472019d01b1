"""Monitor and enforce side by side, through a real Postfix: by recipient, by listener and by rule, and a message with recipients of both
modes."""

import lib
from lib import Filtered, rule

ZONE = """
sender.example.         TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc.reject.example.  TXT "v=DMARC1; p=reject"
reject.example.         A 203.0.113.1
none.example.           A 203.0.113.1
"""
ANN, BOB, RITA = "ann@tailspintoys.com", "bob@tailspintoys.com", "rita@fabrikam.example"
SPAM = rule("spam", "subject contains offer", "reject 554 5.7.1 no offers")
WOULD = "rule spam: reject 554 5.7.1 no offers"


def setUpModule():
    global second, second_port
    second = f"unix:{lib.folder}/second"
    daemon = lib.Daemon({"mode": "enforce", "server": {"socket_mode": "0666"}}, ZONE, listen=["inet:127.0.0.1:0", second])
    Filtered.begin(ZONE, "--domain", "tailspintoys.com", "--domain", "fabrikam.example", daemon=daemon)
    second_port = Filtered.postfix.add_service(f"smtpd_milters={second}")


def tearDownModule():
    Filtered.end()


class Modes(Filtered):
    def offer(self, *recipients, **options):
        """What becomes of a message that the rule is against, and what the log says would have been done."""
        fate = self.fate("ann@none.example", recipients=recipients, subject="an offer", **options)
        return fate, self.event()["would"]

    def test_recipients_to_enforce(self):
        self.configure(mode="monitor", rules={"enforce_recipients": ["fabrikam.example", ANN]}, rule=[SPAM])
        refused, watched = ("554 5.7.1", ""), ("accept", WOULD)
        for recipients, expected in (((RITA,), refused), ((ANN,), refused), ((BOB,), watched), ((RITA, ANN), refused),
                                     ((RITA, BOB), watched), ((BOB, RITA), watched)):
            with self.subTest(recipients=recipients):
                self.assertEqual(self.offer(*recipients), expected)

    def test_recipients_to_watch(self):
        self.configure(rules={"monitor_recipients": ["fabrikam.example"], "enforce_recipients": ["tailspintoys.com", "fabrikam.example"]},
                       rule=[SPAM])
        refused, watched = ("554 5.7.1", ""), ("accept", WOULD)
        for recipients, expected in (((ANN,), refused), ((RITA,), watched), ((ANN, RITA), watched)):
            with self.subTest(recipients=recipients):
                self.assertEqual(self.offer(*recipients), expected)

    def test_at_rcpt_each_has_his_own(self):
        self.configure(mode="monitor", rules={"enforce_recipients": ["fabrikam.example"]},
                       rule=[rule("closed", "mail_from is ann@none.example", "reject 550 5.7.1 not to {recipient}", at="rcpt"), SPAM])
        self.assertEqual(self.offer(RITA, BOB), ("accept", f"rule closed: reject 550 5.7.1 not to {BOB}; {WOULD}"))
        self.assertEqual(self.refused, {RITA: f"550 5.7.1 not to {RITA}"})
        self.assertEqual(self.event("refused")["rcpt"], f"<{RITA}>")
        self.assertEqual(self.say("ann@none.example", recipients=(RITA,)), ("rcpt", f"550 5.7.1 not to {RITA}"))

    def test_who_is_left_over_decides_the_mode(self):
        self.configure(rules={"monitor_recipients": ["fabrikam.example"]},
                       rule=[rule("closed", f"recipient is {RITA}", "reject 550 5.7.1 no", at="rcpt", mode="enforce"), SPAM])
        self.assertEqual(self.offer(RITA, ANN), ("554 5.7.1", ""), "she was refused, so nobody watches")

    def test_where_recipients_decide_nothing_is_refused_before_them(self):
        settings = {"rules": {"enforce_recipients": ["fabrikam.example"]}, "spf": {"reject_fail": True},
                    "lists": {"block": ["192.0.2.66"]}, "mode": "monitor"}
        self.configure(**settings)
        failed, blocked = "550 5.7.1 SPF check failed", "550 5.7.1 Mail of this sender is not taken here"
        self.assertEqual(self.say("ann@sender.example", recipients=(RITA,)), ("end", failed))
        self.assertEqual(self.event()["by"], "spf.reject_fail")
        self.assertEqual(self.fate("ann@sender.example", recipients=(RITA, BOB)), "accept")
        self.assertIn(f"spf.reject_fail: reject {failed}", self.event()["would"])
        self.assertEqual(self.say("ann@none.example", address="192.0.2.66", recipients=(RITA,)), ("end", blocked))
        self.assertEqual(self.fate("ann@none.example", address="192.0.2.66", recipients=(BOB,)), "accept")
        self.assertIn(f"lists.block 192.0.2.66/32: reject {blocked}", self.event()["would"])
        self.configure(**settings, rule=[rule("early", "client is 192.0.2.90", "reject 550 5.7.1 no client of ours", at="connect")])
        self.assertEqual(self.say("ann@none.example", address="192.0.2.90", recipients=(RITA,)), ("end", "550 5.7.1 no client of ours"))
        self.assertEqual(self.fate("ann@none.example", address="192.0.2.90", recipients=(BOB,)), "accept")

    def test_listeners(self):
        for mode, name, expected in (("monitor", "enforce_listeners", ("accept", "554 5.7.1")),
                                     ("enforce", "monitor_listeners", ("554 5.7.1", "accept"))):
            with self.subTest(mode=mode):
                self.configure(mode=mode, rules={name: [second]}, spf={"reject_fail": True}, rule=[SPAM])
                self.assertEqual((self.offer(ANN)[0], self.offer(ANN, port=second_port)[0]), expected)
                at_mail = [self.say("ann@sender.example", port=port)[0] for port in (None, second_port)]
                self.assertEqual(at_mail, ["mail" if fate == "554 5.7.1" else "end" for fate in expected])
        self.configure(rules={"monitor_listeners": [second], "enforce_recipients": ["fabrikam.example"]}, rule=[SPAM])
        self.assertEqual(self.offer(RITA, port=second_port)[0], "554 5.7.1", "recipients go before listeners")
        self.assertEqual(self.offer(RITA, BOB, port=second_port)[0], "accept")

    def test_a_rule_of_its_own_mode(self):
        watched = rule("watched", "subject contains offer", "reject 550 5.7.1 never said", "log", mode="monitor")
        self.configure(rule=[watched, SPAM])
        self.assertEqual(self.offer(ANN), ("554 5.7.1", "rule watched: reject 550 5.7.1 never said"))
        self.assertEqual(self.event("rule.fired")["rule"], "watched")
        self.configure(mode="monitor", rules={"monitor_recipients": ["tailspintoys.com"], "monitor_listeners": [second]},
                       rule=[watched | {"name": "said", "mode": "enforce"}, SPAM])
        self.assertEqual(self.offer(ANN, port=second_port), ("550 5.7.1", ""), "its own mode goes before all others")
        self.configure(mode="monitor", rule=[SPAM, rule("marks", "", "junk", "add-header X-Seen: yes", mode="enforce", at="data")])
        self.assertEqual(self.offer(ANN), ("rule junk", WOULD))
        self.assertEqual(lib.values(self.postfix.delivered(self.token), "X-Seen"), ["yes"])

    def test_the_dmarc_policy_and_greylisting_go_by_the_recipients_too(self):
        settings = {"mode": "monitor", "dmarc": {"reject": "always"}, "rules": {"enforce_recipients": ["fabrikam.example"]}}
        self.configure(**settings)
        self.assertEqual(self.fate("ann@reject.example", recipients=(RITA,)), "550 5.7.1")
        self.assertEqual(self.fate("ann@reject.example", recipients=(RITA, BOB)), "accept")
        self.assertTrue(self.event()["would"].startswith("dmarc: reject 550 5.7.1"), self.event()["would"])
        self.configure(**settings, greylist={"enabled": True})
        self.assertEqual(self.fate("new@none.example", recipients=(RITA,)), "451 4.7.1")
        self.assertEqual(self.fate("newer@none.example", recipients=(BOB,)), "accept")
        self.assertTrue(self.event()["would"].startswith("greylist: defer 451 4.7.1"), self.event()["would"])


if __name__ == "__main__":
    lib.main()
