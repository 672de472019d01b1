"""What the ledger keeps of each reason for which something else was done than the owner of a domain asks for (RFC 9990 3.1.1.12): messages
through a real Postfix, read back out of the ledger's file."""

import lib
import signer
from lib import Filtered, rule

KEY = signer.RsaKey()
ZONE = "".join(f'_dmarc.{name}.example. TXT "v=DMARC1; {record}"\n{name}.example. A 203.0.113.1\n' for name, record in {
    "reject": "p=reject", "quarantine": "p=quarantine", "none": "p=none", "test-reject": "p=reject; t=y",
    "test-quarantine": "p=quarantine; t=y", "test-none": "p=none; t=y"}.items()) + signer.key_record("list.example", "s1", KEY)
REJECT = "ann@reject.example"
ASKED = "DMARC fails and reject.example asks for reject"


def setUpModule():
    Filtered.begin(ZONE, ledger={"path": str(lib.folder / "ledger.db"), "batch": "10ms"})


def tearDownModule():
    Filtered.end()


class Overrides(Filtered):
    def check(self, expected, kind, comment, sender=REJECT, **options):
        """(what became of it), the override's type and a part of its comment."""
        self.assertEqual(self.fate(sender, **options), expected)
        kept = self.stored()["disposition"]
        override = kept.get("override", {"type": None, "comment": ""})
        self.assertEqual(override["type"], kind, kept)
        self.assertIn(comment, override["comment"], kept)
        return kept

    def test_none_where_the_wish_is_carried_out(self):
        self.configure()
        self.assertEqual(self.check("550 5.7.1", None, "")["what"], "reject")
        self.assertEqual(self.check("dmarc quarantine", None, "", "ann@quarantine.example")["what"], "quarantine")
        self.configure(compauth={"follow": "nothing"})
        self.check("accept", None, "", "ann@none.example")
        self.check("accept", None, "", "ann@test-none.example")
        self.configure(dmarc={"quarantine_as": "hold"})
        self.check("hold", None, "", "ann@quarantine.example")

    def test_local_policy(self):
        calm = {"compauth": {"follow": "nothing"}}
        junk = {"compauth": {"follow": "junk", "thresholds": ["junk=-1"]}}
        never = {"dmarc": {"reject": "never"}}
        preset = {"dmarc": {"preset": "microsoft-default"}, "spoof": {"on_reject": "quarantine"}}
        blocked = lib.folder / "senders"
        blocked.write_text("* blocked reject.example\n")
        for settings, expected, comment, sender in (
                (calm | {"rule": [rule("spare", "", "no-dmarc", at="data")]}, "accept", "the rule spare says no-dmarc", REJECT),
                (calm | {"lists": {"allow": ["192.0.2.77"]}}, "accept", "the allow list has 192.0.2.77", REJECT),
                (calm | {"lists": {"allow_pairs": ["reject.example, 192.0.2.0/24"]}}, "accept", "the list of spoofed senders", REJECT),
                (calm | {"lists": {"networks": ["192.0.2.0/24"]}}, "accept", "192.0.2.77 is in a listed network", REJECT),
                ({"recipients": {"senders": str(blocked)}}, "list junk", "all recipients have blocked the author", REJECT),
                (never, "dmarc quarantine", f"{ASKED}, which dmarc.reject turns into quarantine", REJECT),
                (preset, "dmarc quarantine", f"{ASKED}, which on_reject turns into quarantine", REJECT),
                (junk, "suggestion junk", "the judgement suggests", "ann@none.example"),
                (junk, "suggestion junk", "the judgement suggests", "ann@test-quarantine.example")):
            with self.subTest(settings=settings):
                self.configure(**settings)
                self.check(expected, "local_policy", comment, sender)
        self.configure(**never)
        self.check("dmarc quarantine", "local_policy", "turns into quarantine")

    def test_mailing_list(self):
        self.configure()
        kept = self.check("dmarc quarantine", "mailing_list", "it came through the list choir.example", List_Id="The choir <choir.example>")
        self.assertEqual(kept["why"], f"{ASKED}, but it came through the list choir.example")

    def test_trusted_forwarder(self):
        (pem := lib.folder / "seal.pem").write_text(KEY.pem())
        message = b"Authentication-Results: mx.list.example; dmarc=pass header.from=reject.example\r\n" + self.message(REJECT)
        sealed = lib.run("arc", "seal", "-", "--domain", "list.example", "--selector", "s1", "--key", pem, "--authserv-id",
                         "mx.list.example", "--zone", self.daemon.zone, input=message, check=True).stdout
        self.configure(lists={"sealers": ["list.example"]})
        self.check("accept", "trusted_forwarder", "arc=pass as[1].d=list.example as[1].s=s1", "bounces@list.example", message=sealed)

    def test_policy_test_mode(self):
        self.configure(compauth={"follow": "nothing"})
        self.check("accept", "policy_test_mode", "t=y", "ann@test-quarantine.example")
        kept = self.check("dmarc quarantine", "policy_test_mode", "t=y", "ann@test-reject.example")
        self.assertEqual(kept["why"], "DMARC fails and test-reject.example asks for quarantine under t=y")

    def test_one_reason_where_all_answers_are_at_hand(self):
        """While the ledger is read, what is asked for rules alone must not have the rest evaluated anew."""
        self.configure(spf={"helo": True}, dmarc={"reject": "never"})
        self.check("dmarc quarantine", "local_policy", f"{ASKED}, which dmarc.reject")
        self.assertTrue(self.event()["why"].startswith("The mail claims to be from reject.example"), self.event()["why"])

    def test_rules_and_the_mode_come_after_it(self):
        for verb, expected in (("accept", "accept"), ("quarantine", "hold"), ("discard", None)):
            with self.subTest(verb=verb):
                self.configure(rule=[rule("partner", "", verb, at="data")])
                if expected:
                    self.check(expected, "local_policy", f"rule partner says {verb}")
                    continue
                self.say(REJECT)
                self.assertNotIn("override", self.stored()["disposition"], "nobody got it, as its owner wants")
        calm = {"compauth": {"follow": "nothing"}}
        self.configure(**calm, rule=[rule("pest", "", "reject", at="data")])
        self.check("550 5.7.1", "local_policy", "rule pest says reject", "ann@none.example")
        self.check("550 5.7.1", None, "", REJECT)
        self.configure(**calm, rule=[rule("odd", "", "junk", at="data")])
        self.check("rule junk", "local_policy", "the rule odd says junk", "ann@none.example")
        self.check("rule junk", None, "", "ann@quarantine.example")
        self.configure(mode="monitor")
        self.check("accept", "local_policy", "monitor mode")
        self.check("accept", "policy_test_mode", "t=y", "ann@test-quarantine.example")


if __name__ == "__main__":
    lib.main()
