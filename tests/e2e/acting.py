"""Through a real Postfix: what is refused, with which words, at which point of the session; what is held, dropped, marked; and what the log
says. One daemon; each test gives it another configuration."""

import copy
import unittest

import lib

ZONE = """
sender.example.           TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc.reject.example.     TXT "v=DMARC1; p=reject"
_dmarc.quarantine.example. TXT "v=DMARC1; p=quarantine"
_dmarc.none.example.       TXT "v=DMARC1; p=none"
reject.example.            A 203.0.113.1
quarantine.example.        A 203.0.113.1
none.example.              A 203.0.113.1
silent.example.            A 203.0.113.1
99.2.0.192.bl.example.     A 127.0.0.2
98.2.0.192.bl.example.     A 127.255.255.254
"""
RECIPIENT = "astobes@tailspintoys.com"
OTHER = "bob@tailspintoys.com"


def setUpModule():
    global daemon, postfix, basis
    lib.need_root("Postfix")
    lib.fetch(lib.parts, "postfix")
    daemon = lib.Daemon({"mode": "enforce"}, ZONE)
    basis = copy.deepcopy(daemon.settings)
    postfix = lib.Postfix("--milter", daemon.addresses[0])


def tearDownModule():
    postfix.stop()
    daemon.stop()


def rule(name, when, *then, **more):
    return {"name": name, "when": when, "then": list(then)} | more


class Acting(unittest.TestCase):
    count = 0

    def configure(self, **settings):
        daemon.settings = copy.deepcopy(basis)
        daemon.settings["server"]["listen"] = daemon.addresses
        daemon.write(settings)
        daemon.reload()

    def message(self, author, subject="a test"):
        Acting.count += 1
        self.token = f"acting-{Acting.count}@".encode()
        return (f"From: Ann <{author}>\r\nTo: {RECIPIENT}\r\nSubject: {subject}\r\nDate: Thu, 1 Jan 2026 12:00:00 +0000\r\n"
                f"Message-ID: <acting-{Acting.count}@sender.example>\r\n\r\nHello.\r\n").encode()

    def say(self, sender, author=None, address="192.0.2.77", recipients=(RECIPIENT,), subject="a test"):
        """A whole session: (the stage that ended it, the reply), or ("end", the last reply)."""
        with postfix.connect() as client:
            client.come_from(address)
            for stage, command in [("mail", f"MAIL FROM:<{sender}>"),
                                   *(("rcpt", f"RCPT TO:<{one}>") for one in recipients)]:
                reply = client.say(command)
                if not reply.startswith("2"):
                    return stage, reply
            client.say("DATA", "354")
            client.send(self.message(author or sender, subject) + b".\r\n")
            return "end", client.reply()

    def delivered(self, *arguments, **options):
        stage, reply = self.say(*arguments, **options)
        self.assertEqual((stage, reply[:3]), ("end", "250"), reply)
        return postfix.delivered(self.token)

    def mark(self, *arguments, **options):
        """What the junk mark says: "by=dmarc level=quarantine"; None without one."""
        values = lib.values(self.delivered(*arguments, **options), "X-Bonafide-Junk")
        return " ".join(part.strip() for part in values[0].split(";")[1:3]) if values else None

    def last(self, name):
        return daemon.wait_event(name)


class Early(Acting):
    def test_spf_fail_is_refused_before_the_message(self):
        self.configure(spf={"reject_fail": True})
        self.assertEqual(self.say("ann@sender.example"), ("mail", "550 5.7.1 SPF check failed"))
        event = self.last("refused")
        self.assertEqual((event["at"], event["client"], event["spf"], event["by"], event["reply"]),
                         ("mail", "192.0.2.77", "fail", "spf.reject_fail", "550 5.7.1 SPF check failed"))
        self.assertGreaterEqual(daemon.metric('bonafide_refusals_total{at="mail"}'), 1)
        self.assertEqual(self.say("ann@sender.example", address="192.0.2.10")[0], "end")

    def test_the_example_rule(self):
        self.configure(rule=[rule("spf", "spf.result is fail", "reject 550 5.7.23 SPF check failed for {mail_from.domain}",
                                  "log")])
        self.assertEqual(self.say("ann@sender.example"), ("mail", "550 5.7.23 SPF check failed for sender.example"))
        self.assertEqual(self.last("rule.fired")["rule"], "spf")

    def test_nothing_is_refused_in_monitor_mode(self):
        self.configure(mode="monitor", spf={"reject_fail": True})
        self.delivered("ann@sender.example")
        self.assertIn("spf.reject_fail: reject 550 5.7.1 SPF check failed", self.last("message")["would"])

    def test_a_recipient_by_himself(self):
        self.configure(rule=[rule("closed", f"recipient is {OTHER}", "reject 550 5.7.1 {recipient} takes no mail")])
        self.assertEqual(self.say("ann@none.example", recipients=(RECIPIENT, OTHER)),
                         ("rcpt", f"550 5.7.1 {OTHER} takes no mail"))
        self.delivered("ann@none.example")

    def test_defer_and_lists(self):
        self.configure(lists={"block": ["192.0.2.66"], "allow": ["192.0.2.67"]},
                       rule=[rule("later", "client in [192.0.2.64/26]", "defer 450 4.7.1 come again, {client}")])
        self.assertEqual(self.say("ann@none.example", address="192.0.2.66")[1][:3], "450")
        self.configure(lists={"block": ["192.0.2.66"]})
        self.assertEqual(self.say("ann@none.example", address="192.0.2.66"),
                         ("mail", "550 5.7.1 Mail of this sender is not taken here"))

    def test_a_dns_list(self):
        self.configure(dns_list=[{"name": "bl", "zone": "bl.example"}],
                       rule=[rule("listed", "dns_lists is bl", "reject 554 5.7.1 {client} is listed by {dns_lists}")])
        self.assertEqual(self.say("ann@none.example", address="192.0.2.99"), ("mail", "554 5.7.1 192.0.2.99 is listed by bl"))
        self.assertEqual(self.say("ann@none.example", address="192.0.2.98")[0], "end", "an error code is no listing")


class AtTheEnd(Acting):
    def test_reject_discard_junk_tag_and_headers(self):
        self.configure(rule=[
            rule("no", "header.subject contains forbidden", "reject 554 5.7.1 not {subject}"),
            rule("away", "header.subject contains pest", "discard"),
            rule("outside", "direction is inbound", "tag-subject [EXTERNAL]", "add-header X-Seen: {from.domain}",
                 "remove-header X-Old", "junk", at="data")])
        self.assertEqual(self.say("ann@none.example", subject="forbidden fruit"), ("end", "554 5.7.1 not forbidden fruit"))
        self.assertEqual(self.say("ann@none.example", subject="a pest")[1][:3], "250")
        dropped = self.token
        delivered = self.delivered("ann@none.example", subject="hello")
        self.assertEqual(lib.values(delivered, "Subject"), ["[EXTERNAL] hello"])
        self.assertEqual(lib.values(delivered, "X-Seen"), ["none.example"])
        self.assertTrue(lib.values(delivered, "X-Bonafide-Junk")[0].startswith("yes; by=rule; level=junk"))
        self.assertFalse([file for file in (postfix.inbox / "new").glob("*") if dropped in file.read_bytes()])

    def test_quarantine_is_the_hold_queue(self):
        self.configure(rule=[rule("hold", "from.domain is none.example", "quarantine")])
        self.assertEqual(self.say("ann@none.example")[1][:3], "250")
        held = lambda: list((postfix.folder / "spool/hold").rglob("*"))
        lib.wait_for(lambda: [file for file in held() if file.is_file()], "the message in the hold queue")
        postfix.command("postsuper", "-H", "ALL")
        postfix.command("postqueue", "-f")
        self.assertTrue(postfix.delivered(self.token))

    def test_a_reload_that_fails_keeps_what_was(self):
        self.configure(rule=[rule("no", "from.domain is none.example", "reject 550 5.7.1 kept")])
        good = daemon.config.read_text()
        daemon.config.write_text(good + '\n[[rule]]\nname = "bad"\nwhen = "nobody is here"\nthen = ["reject"]\n')
        before = len(daemon.events("reload.failed"))
        daemon.process.send_signal(lib.signal.SIGHUP)
        lib.wait_for(lambda: len(daemon.events("reload.failed")) > before, "the failed reload")
        self.assertIn("there is no field", str(daemon.events("reload.failed")[-1]))
        self.assertEqual(self.say("ann@none.example"), ("end", "550 5.7.1 kept"))
        daemon.config.write_text(good)


# A5: spoof intelligence, honour DMARC; what an implicit failure and an explicit one under none, quarantine and reject get.
REFUSED = "refused"
JUNK, QUARANTINE = "by=spoof level=junk", "level=quarantine"
MATRIX = [("on", "on", "junk", None, "quarantine", REFUSED),
          ("on", "off", "junk", "junk", "junk", "junk"),
          ("off", "on", None, None, "quarantine", REFUSED),
          ("off", "off", None, None, "quarantine", "quarantine")]


class Dmarc(Acting):
    def outcome(self, domain):
        stage, reply = self.say(f"ann@{domain}", address="192.0.2.77")
        if reply.startswith("550 5.7."):
            return REFUSED
        self.assertEqual(reply[:3], "250", reply)
        values = lib.values(postfix.delivered(self.token), "X-Bonafide-Junk")
        return values[0].partition("level=")[2].partition(";")[0].partition(" ")[0].strip() if values else None

    def test_the_matrix_of_honouring_dmarc(self):
        for intelligence, honour, implicit, none, quarantine, reject in MATRIX:
            self.configure(dmarc={"preset": "microsoft-default"},
                           spoof={"intelligence": intelligence, "honour_dmarc": honour})
            for domain, expected in (("silent.example", implicit), ("none.example", none),
                                     ("quarantine.example", quarantine), ("reject.example", reject)):
                with self.subTest(intelligence=intelligence, honour=honour, domain=domain):
                    self.assertEqual(self.outcome(domain), expected)

    def test_presets_and_single_settings(self):
        for settings, domain, expected in (
                ({"dmarc": {"preset": "microsoft-standard"}}, "silent.example", "junk"),
                ({"dmarc": {"preset": "microsoft-strict"}}, "silent.example", "quarantine"),
                *(({"dmarc": {"preset": f"microsoft-{preset}"}}, domain, expected)
                  for preset in ("standard", "strict")
                  for domain, expected in (("none.example", None), ("quarantine.example", "quarantine"),
                                           ("reject.example", REFUSED))),
                ({"dmarc": {"preset": "microsoft-default"}, "spoof": {"on_reject": "quarantine"}}, "reject.example",
                 "quarantine"),
                ({"dmarc": {"preset": "microsoft-default"}, "spoof": {"on_quarantine": "junk"}}, "quarantine.example", "junk"),
                ({"dmarc": {"preset": "microsoft-default"}, "spoof": {"on_spoof": "quarantine"}}, "silent.example",
                 "quarantine"),
                ({"dmarc": {"reject": "always"}}, "reject.example", REFUSED),
                ({"dmarc": {"reject": "never"}}, "reject.example", "quarantine"),
                ({}, "reject.example", REFUSED)):  # corroborated: nothing else vouches either
            with self.subTest(settings=settings, domain=domain):
                self.configure(**settings)
                self.assertEqual(self.outcome(domain), expected)

    def test_the_words_of_a_refusal(self):
        self.configure(dmarc={"reject": "always", "reject_reply": "550 5.7.509 Access denied, {from.domain} does not pass DMARC"})
        self.assertEqual(self.say("ann@reject.example"),
                         ("end", "550 5.7.509 Access denied, reject.example does not pass DMARC"))
        self.assertEqual((self.last("message")["decision"], self.last("message")["by"]), ("reject", "dmarc"))


class Notices(Acting):
    def test_a_notice_goes_through_the_same_server_and_causes_none(self):
        self.configure(notify={"smtp": f"127.0.0.1:{postfix.port}", "interval": "0s"},
                       rule=[rule("everything", 'helo is not ""', f"notify {RECIPIENT}")])
        before = daemon.metric('bonafide_notices_total{result="sent"}')
        self.delivered("ann@none.example", subject="told of")
        notice = postfix.delivered(b"[Bonafide] everything: mail of ann@none.example was accepted")
        self.assertEqual(lib.values(notice, "Auto-Submitted"), ["auto-generated"])
        self.assertEqual(lib.values(notice, "Return-Path"), ["<>"])
        self.assertTrue(lib.values(notice, "Authentication-Results"), "it came by the filter like any mail")
        self.delivered("bob@none.example")
        postfix.delivered(b"mail of bob@none.example was accepted")
        lib.wait_for(lambda: daemon.metric("bonafide_notices_waiting") == 0, "the queue to be empty")
        self.assertEqual(daemon.metric('bonafide_notices_total{result="sent"}') - before, 2)


class Users(Acting):
    """sender.example is proven from 192.0.2.10; elsewhere SPF and DMARC fail."""

    def table(self, *lines):
        file = daemon.folder / "senders"
        file.write_text("".join(line + "\n" for line in lines))
        return {"senders": str(file)}

    def test_a_spoof_of_a_safe_sender_stays_refused(self):
        self.configure(recipients=self.table(f"{RECIPIENT} safe reject.example", "* safe ann@reject.example"))
        stage, reply = self.say("ann@reject.example", address="192.0.2.77")
        self.assertEqual((stage, reply[:6]), ("end", "550 5."), reply)

    def test_a_proven_safe_sender_comes_clean(self):
        rules = [rule("suspect", "subject contains offer", "junk")]
        self.configure(rule=rules)
        self.assertEqual(self.mark("ann@sender.example", address="192.0.2.10", subject="an offer"), "by=rule level=junk")
        rules = [rule("suspect", "subject contains offer and not sender.safe", "junk")]
        self.configure(rule=rules, recipients=self.table(f"{RECIPIENT} safe ann@sender.example"))
        self.assertIsNone(self.mark("ann@sender.example", address="192.0.2.10", subject="an offer"))
        self.assertEqual(self.mark("ann@sender.example", address="192.0.2.77", subject="an offer"), "by=rule level=junk")

    def test_what_the_judgement_would_mark_as_junk(self):
        settings = {"compauth": {"follow": "junk", "weights": ["best_guess=-20"]}}
        self.configure(**settings)
        self.assertEqual(self.mark("ann@sender.example", address="192.0.2.10"), "by=suggestion level=junk")
        self.configure(**settings, recipients=self.table(f"{RECIPIENT} safe ann@sender.example"))
        self.assertIsNone(self.mark("ann@sender.example", address="192.0.2.10"))

    def test_a_blocked_sender_gets_the_junk_mark(self):
        self.configure(recipients=self.table("@tailspintoys.com blocked sender.example"))
        self.assertEqual(self.mark("ann@sender.example", address="192.0.2.10"), "by=list level=junk")

    def test_recipients_who_disagree(self):
        settings = self.table(f"{RECIPIENT} blocked sender.example", f"{OTHER} safe sender.example")
        self.configure(recipients=settings)
        self.assertIsNone(self.mark("ann@sender.example", address="192.0.2.10", recipients=(RECIPIENT, OTHER)))
        self.configure(recipients=settings, rule=[rule("his", "sender.blocked", "reject 550 5.7.1 {recipient} does not take it")])
        self.assertEqual(self.say("ann@sender.example", address="192.0.2.10", recipients=(OTHER, RECIPIENT)),
                         ("rcpt", f"550 5.7.1 {RECIPIENT} does not take it"))

    def test_a_users_sieve_script_is_read_again_by_itself(self):
        script = daemon.folder / "mail/tailspintoys.com/astobes/active"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text('if address :domain "from" "sender.example" { discard; stop; }')
        self.configure(recipients={"sieve": f"{daemon.folder}/mail/{{domain}}/{{user}}/active", "reload": "1s"})
        self.assertEqual(self.mark("ann@sender.example", address="192.0.2.10"), "by=list level=junk")
        script.write_text("keep;")
        lib.wait_for(lambda: daemon.metric("bonafide_recipient_senders") == 0, "the script to be read")
        self.assertIsNone(self.mark("ann@sender.example", address="192.0.2.10"))
        script.write_text("keep")
        lib.wait_for(lambda: daemon.metric("bonafide_recipient_senders_failing") == 1, "the script to fail")
        self.assertIn("line 1, column 5", daemon.wait_event("recipients.failed")["why"])

    def test_a_bad_table_is_an_error_of_check_and_of_a_reload(self):
        self.configure(recipients=self.table("* safe sender.example"))
        self.table("* safe", "nobody")
        done = lib.run("config", "check", daemon.config)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"senders, line 1: ", done.stderr)
        before = len(daemon.events("reload.failed"))
        daemon.process.send_signal(lib.signal.SIGHUP)
        lib.wait_for(lambda: len(daemon.events("reload.failed")) > before, "the failed reload")
        self.assertIn("recipients.senders: ", daemon.events("reload.failed")[-1]["why"])


class Greylisting(Acting):
    def test_a_stranger_is_asked_to_come_again(self):
        self.configure(greylist={"enabled": True, "delay": "60s"})
        stage, reply = self.say("stranger@none.example", address="192.0.2.50")
        self.assertEqual((stage, reply[:9]), ("end", "451 4.7.1"))
        self.assertEqual(self.say("stranger@none.example", address="192.0.2.51")[1][:9], "451 4.7.1", "the same network")
        event = self.last("message")
        self.assertTrue(event["greylist"].startswith("Rejected (not verified), "), event["greylist"])
        self.assertEqual((event["decision"], event["by"]), ("defer", "greylist"))
        self.assertEqual(self.say("ann@sender.example", address="192.0.2.10")[1][:9], "451 4.7.1", "SPF alone is no past")
        self.configure(greylist={"enabled": True, "skip_spf": "always"})
        self.delivered("ann@sender.example", address="192.0.2.10")


if __name__ == "__main__":
    lib.main()
