"""A configuration that changes while the daemon runs, with Postfix and open sessions: rules, sets, lists and settings that take hold, a
file with errors that changes nothing, and what is counted of rules meanwhile."""

import json

import lib
from lib import Filtered, rule

ZONE = """
_dmarc.reject.example. TXT "v=DMARC1; p=reject"
reject.example.        A 203.0.113.1
"""
CALM = {"compauth": {"follow": "nothing"}}
NO = rule("no", "subject contains offer", "reject 550 5.7.1 first")


def setUpModule():
    Filtered.begin(ZONE)


def tearDownModule():
    Filtered.end()


def hits(daemon, name):
    """How often the rule held, as /metrics has it; 0 before the first time."""
    line = f'bonafide_rule_hits_total{{rule="{name}"}} '
    return sum(float(found[len(line):]) for found in daemon.get("/metrics").splitlines() if found.startswith(line))


class Reload(Filtered):
    def offer(self, **options):
        return self.say("ann@new.example", subject="an offer", **options)

    def write(self, text, end):
        """A file of these words in the place of the configuration, and how the reload ends."""
        self.daemon.config.write_text(text)
        return self.daemon.reload(end)

    def test_rules_come_change_and_go(self):
        self.configure(**CALM)
        self.assertEqual(self.offer()[1][:3], "250")
        for reply in ("first", "second"):
            self.configure(**CALM, rule=[NO | {"then": [f"reject 550 5.7.1 {reply}"]}])
            self.assertEqual(self.offer(), ("end", f"550 5.7.1 {reply}"))
        self.configure(**CALM, rule=[NO | {"when": "mail_from is ann@new.example"}])
        self.assertEqual(self.offer(), ("mail", "550 5.7.1 first"), "an earlier level")
        self.configure(**CALM, rule=[NO | {"enabled": False}])
        self.assertEqual(self.offer()[1][:3], "250")
        self.configure(mode="monitor", **CALM, rule=[NO])
        self.assertEqual(self.offer()[1][:3], "250")
        self.assertEqual(self.event()["would"], "rule no: reject 550 5.7.1 first")

    def test_sessions_that_are_open_keep_what_they_began_with(self):
        self.configure(**CALM, rule=[NO])
        with self.postfix.connect() as client:
            client.come_from(self.STRANGER).mail("ann@new.example", self.RECIPIENT, self.message("ann@new.example", "hello"))
            client.envelope("ann@new.example", self.RECIPIENT)
            self.configure(**CALM, rule=[NO | {"then": ["reject 550 5.7.1 second"]}])
            self.assertEqual(client.data(self.message("ann@new.example", "an offer"), "550"), "550 5.7.1 first")
            self.assertEqual(self.offer(), ("end", "550 5.7.1 second"))
            client.envelope("ann@new.example", self.RECIPIENT)
            self.assertEqual(client.data(self.message("ann@new.example", "an offer"), "550"), "550 5.7.1 first")

    def test_files_that_settings_name(self):
        partners, senders = self.daemon.folder / "partners", self.daemon.folder / "senders"
        partners.write_text("new.example\n")
        senders.write_text("* blocked other.example\n")
        settings = CALM | {"set": [{"name": "partners", "file": str(partners)}], "recipients": {"senders": str(senders), "reload": "1d"},
                           "rule": [rule("partners", "from.domain in @partners", "reject 550 5.7.1 set", at="data")]}
        self.configure(**settings)
        self.assertEqual(self.offer(), ("end", "550 5.7.1 set"))
        partners.write_text("")
        senders.write_text("* blocked new.example\n")
        self.daemon.reload()
        self.assertEqual(self.fate("ann@new.example"), "list junk")
        partners.write_text("192.0.2.0/99\n")
        self.assertIn(f"{partners}, line 1", self.daemon.reload("reload.failed")["why"])
        self.assertEqual(self.fate("ann@new.example"), "list junk")
        partners.unlink()
        self.assertIn(str(partners), self.daemon.reload("reload.failed")["why"])

    def test_errors_keep_everything_that_was(self):
        self.configure(**CALM, rule=[NO], lists={"block": ["192.0.2.66"]}, dmarc={"reject": "always"})
        good = self.daemon.config.read_text()
        failures = len(self.daemon.events("reload.failed"))
        for bad, why in (("[[rule]]\nname = \"bad\"\nwhen = \"spf.result is wrong\"\nthen = \"junk\"\n", "wrong"),
                         ("[[rule]]\nname = \"bad\"\nwhen = \"spf.result is\"\nthen = \"junk\"\n", "bonafide.toml:"),
                         ("[[rule]]\nname = \"bad\"\nthen = \"explode\"\n", "explode"),
                         ("[[rule]]\nname = \"bad\"\nthen = \"reject 250 2.0.0 fine\"\n", "250"),
                         ("[[rule]]\nname = \"bad\"\nwhen = \"client in @nobody\"\nthen = \"junk\"\n", "nobody"),
                         ("[[rule]]\nname = \"bad\"\nwhen = \"subject is x\"\nthen = \"junk\"\nat = \"mail\"\n", "not known yet"),
                         ("[[rule]]\nname = \"bad\"\nwhen = \"helo matches '('\"\nthen = \"junk\"\n", "bonafide.toml:"),
                         ("[[dns_list]]\nname = \"bl\"\nzone = \"not a zone\"\n", "no domain name"),
                         ("[nonsense]\nx = 1\n", "nonsense"), ("this is no TOML\n", "bonafide.toml:")):
            with self.subTest(bad=bad):
                event = self.write(f"mode = \"monitor\"\n{good.partition(chr(10))[2]}{bad}", "reload.failed")
                self.assertIn(why, event["why"])
                self.assertEqual((event["level"], event["kept"]), ("error", "the settings in force"))
                self.assertEqual(lib.run("config", "check", self.daemon.config).returncode, 1)
        self.assertEqual(len(self.daemon.events("reload.failed")), failures + 10)
        reloads = self.daemon.metric("bonafide_reloads_total")
        self.daemon.config.unlink()
        self.daemon.reload("reload.failed")
        self.assertEqual([self.offer()[1], self.fate("ann@new.example", address="192.0.2.66"), self.fate("ann@reject.example")],
                         ["550 5.7.1 first", "550 5.7.1", "550 5.7.1"])
        self.assertEqual(self.daemon.metric("bonafide_reloads_total"), reloads, "none that failed is counted")
        self.write(good, "reloaded")
        self.assertEqual(self.daemon.metric("bonafide_reloads_total"), reloads + 1)

    def test_hits_are_counted_over_reloads(self):
        names = ("counted", "early", "watched", "off")
        rules = [rule("counted", "subject contains offer", "log"), rule("early", "mail_from is mallory@new.example", "reject"),
                 rule("watched", "subject contains offer", "junk", mode="monitor"), rule("off", "", "junk", enabled=False)]
        before = [hits(self.daemon, name) for name in names]
        for _ in range(2):
            self.configure(**CALM, rule=rules)
            self.offer()
            self.assertEqual(self.event("rule.fired")["rule"], "counted")
            self.fate("mallory@new.example")
            self.fate("ann@new.example")
        lib.wait_for(lambda: hits(self.daemon, "early") == before[1] + 2, "what is logged to be counted")
        self.assertEqual([hits(self.daemon, name) - old for name, old in zip(names, before)], [2, 2, 2, 0])

    def test_rules_list_shows_what_is_in_the_file(self):
        self.configure(mode="monitor", **CALM, rule=[rule("late", "score < -5", "junk", "log"), NO | {"mode": "enforce"},
                                                     rule("off", "helo is x", "defer", at="helo", enabled=False)])
        done = lib.run("rules", "list", "--json", "--config", self.daemon.config)
        listed = json.loads(done.stdout)
        self.assertEqual([(one["name"], one["level"], one["mode"], one["enabled"]) for one in listed],
                         [("off", "helo", None, False), ("no", "data", "enforce", True), ("late", "judged", None, True)])
        text = lib.run("rules", "list", "--config", self.daemon.config, text=True).stdout
        self.assertIn("(monitor)", text)

    def test_what_needs_a_restart_is_told(self):
        self.configure(**CALM)
        self.assertFalse([event for event in self.daemon.events("reload.restart_needed")])
        self.daemon.write({"server": {"threads": 3}})
        self.daemon.reload()
        self.assertEqual(self.daemon.wait_event("reload.restart_needed")["settings"], "server.threads")


if __name__ == "__main__":
    lib.main()
