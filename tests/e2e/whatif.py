"""`bonafide whatif` against what really happens: mail goes through Postfix to a daemon that keeps it, the same mail to a second daemon with
another configuration, and what whatif tells of the first one's ledger has to be what the second one did, message by message."""

import collections
import itertools
import json

import lib
from lib import Filtered, rule

ZONE = {
    "sender.example": {"TXT": ["v=spf1 ip4:192.0.2.10 -all"], "A": ["192.0.2.10"], "MX": [[10, "sender.example"]]},
    "_dmarc.sender.example": {"TXT": ["v=DMARC1; p=reject"]},
    "_dmarc.quarantine.example": {"TXT": ["v=DMARC1; p=quarantine"]},
    "_dmarc.test.example": {"TXT": ["v=DMARC1; p=reject; t=y"]},
    "quarantine.example": {"A": ["203.0.113.1"]},
    "test.example": {"A": ["203.0.113.1"]},
    "silent.example": {"A": ["203.0.113.1"]},
    "slow.example": {"SERVFAIL": True},
    "99.2.0.192.bl.example": {"A": ["127.0.0.2"]},
}
ANN, BOB = "astobes@tailspintoys.com", "bob@fabrikam.example"
AUTHORS = [f"ann@{name}.example" for name in ("sender", "quarantine", "test", "silent", "slow")]
CLIENTS = ["192.0.2.10", "192.0.2.77", "192.0.2.99"]
RECIPIENTS = [(ANN,), (ANN, BOB), (BOB, ANN)]
SUBJECTS = ["hello", "an offer"]


def setUpModule():
    global second, second_port
    second = f"unix:{lib.folder}/second"
    Filtered.begin(json.dumps(ZONE), "--domain", "tailspintoys.com", "--domain", "fabrikam.example",
                   ledger={"path": str(lib.folder / "first.db"), "batch": "10ms", "subjects": True}, mode="monitor",
                   dns_list=[{"name": "bl", "zone": "bl.example"}],
                   rule=[rule("reads", "dns_lists is bl and subject is nothing", "log", at="data")])  # so that the answers are kept
    second_port = Filtered.postfix.add_service(f"smtpd_milters={second}")


def tearDownModule():
    Filtered.end()


class WhatIf(Filtered):
    def send(self, author, client, recipients, subject, **options):
        """What became of it, in the words of whatif."""
        stage, reply = self.say(author, address=client, recipients=recipients, subject=subject, **options)
        if not reply.startswith("2"):
            return {"4": "defer", "5": "reject"}[reply[0]]
        decision = self.event()["decision"]
        if decision in ("hold", "discard"):
            return {"hold": "quarantine"}.get(decision, decision)
        if self.refused:
            return "reject for some"
        return "accept" if lib.wait_for(self.landed, "the message") == "accept" else "junk"

    @classmethod
    def setUpClass(cls):
        """The corpus: by the ids that the first daemon gave it, each message and what became of it there."""
        self, cls.corpus = cls(), {}
        for number, message in enumerate(itertools.product(AUTHORS, CLIENTS, RECIPIENTS)):
            message = (*message, SUBJECTS[number % 2])
            became = self.send(*message)
            cls.corpus[self.event()["id"]] = (message, became)
        self.stored()

    def check(self, **settings):
        """Sends the corpus to a second daemon with these settings in place of the first one's. What both tell of it has to be the same:
        how often what changed, and whatif's answer."""
        kept = {name: value for name, value in self.basis.items() if name not in ("server", "log", "metrics", "dns")}
        kept["ledger"] = kept["ledger"] | {"path": str(lib.folder / f"second-{lib.Daemon.count}.db")}
        with lib.Daemon(kept | settings | {"server": {"socket_mode": "0666"}}, json.dumps(ZONE), listen=[second]) as self.daemon:
            became = {key: self.send(*message, port=second_port) for key, (message, _) in self.corpus.items()}
            done = lib.run("whatif", "--config", self.daemon.config, "--current", Filtered.daemon.config, "--json", "--limit", 1000)
        told = json.loads(done.stdout)
        self.assertEqual([told[name] for name in ("unreadable", "unlike_store", "compared")], [0, 0, len(self.corpus)])
        real = {key: f"{before} -> {became[key]}" for key, (_, before) in self.corpus.items() if before != became[key]}
        flips = {flip["id"]: flip["change"].partition(",")[0] for flip in told["flips"] if not flip["change"].startswith("suggestion")}
        self.assertEqual({(self.corpus[key][0], real.get(key), flips.get(key)) for key in self.corpus if real.get(key) != flips.get(key)},
                         set(), "message, what came of it, what whatif says")
        return collections.Counter(real.values()), told

    def test_rules(self):
        counts, told = self.check(mode="enforce", rule=[
            rule("offers", "subject contains offer and from.domain is silent.example", "reject 554 5.7.1 no offers"),
            rule("listed", "dns_lists is bl and not from.domain is sender.example", "defer", at="data"),
            rule("proven", "spf.result is pass", "accept", at="mail"),
            rule("kept back", "from.domain is test.example", "quarantine"),
            rule("marked", "from.domain is slow.example", "junk", recipients=[ANN])])
        self.assertTrue({"accept -> reject", "accept -> defer", "accept -> quarantine", "accept -> junk"} <= set(counts), counts)
        self.assertEqual({row["change"].partition(",")[0] for row in told["changes"]}, set(counts))

    def test_dmarc_and_the_judgement(self):
        for settings in ({}, {"dmarc": {"reject": "always", "quarantine_as": "hold"}}, {"dmarc": {"preset": "microsoft-strict"}},
                         {"compauth": {"follow": "quarantine", "thresholds": ["junk=-2"]}},
                         {"lists": {"accepted_domains": ["silent.example"]}},
                         {"lists": {"block_pairs": ["silent.example, 192.0.2.0/24"]}, "compauth": {"follow": "reject"}}):
            with self.subTest(settings=settings):
                self.check(mode="enforce", **settings)

    def test_lists_and_spf_before_the_message(self):
        self.check(mode="enforce", spf={"reject_fail": True}, lists={"block": ["silent.example"], "allow": ["192.0.2.99"]})

    def test_modes(self):
        for rules in ({"enforce_recipients": ["tailspintoys.com"]}, {"monitor_recipients": ["fabrikam.example"]}):
            for mode in ("monitor", "enforce"):
                with self.subTest(rules=rules, mode=mode):
                    self.check(mode=mode, rules=rules, dmarc={"reject": "always"}, spf={"reject_fail": True},
                               rule=[rule("his", "from.domain is known", "reject", recipients=[BOB], at="data"),
                                     rule("early", "spf.result is none", "reject", recipients=[ANN], at="rcpt", mode="enforce"),
                                     rule("spared", "from.domain is sender.example", "accept")])

    def test_single_recipients(self):
        for then in ("reject", "accept", "discard", "no-dmarc"):
            with self.subTest(then=then):
                self.check(mode="enforce", dmarc={"reject": "always"}, compauth={"follow": "nothing"},
                           rule=[rule("his", "mail_from is known", then, at="rcpt", recipients=[BOB])])

    def test_failures_of_the_senders_dns(self):
        self.check(mode="enforce", failure={"temperror": "tempfail"})


if __name__ == "__main__":
    lib.main()
