"""Forwarding through a real Postfix with the lines of docs/srs.md: the sender is rewritten, its bounce comes back, forged ones are refused."""

import re
import unittest

import lib
import sink

SRS = "srs.example.org"
FORWARDED = "forward@tailspintoys.com"
REMOTE = "bob@remote.example"
SENDER = "Ann.Lee+news@sender.example"
OURS = "astobes@tailspintoys.com"


def box(words):
    """The one box of docs/srs.md in which these words stand."""
    found = [text for text in re.findall(r"^```\w*\n(.*?)^```$", (lib.source / "docs/srs.md").read_text(), re.M | re.S) if words in text]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} boxes hold {words!r}")
    return found[0].splitlines()


def message(token):
    return (b"From: Ann <ann@sender.example>\r\nTo: " + FORWARDED.encode() + b"\r\nSubject: a test\r\nDate: Thu, 1 Jan 2026 12:00:00 +0000\r\n"
            b"Message-ID: <" + token.encode() + b"@sender.example>\r\n\r\nHello.\r\n")


def setUpModule():
    global daemon, postfix, next_hop, lines, secrets
    lib.need_root("Postfix")
    lib.fetch(lib.parts, "postfix")
    next_hop = sink.Sink()
    secrets = lib.folder / "secrets"
    secrets.write_bytes(lib.run("srs", "secret").stdout)
    secrets.chmod(0o600)
    loopback = ["inet:127.0.0.1:0"]
    daemon = lib.Daemon({"srs": {"domain": SRS, "secrets": str(secrets), "local_domains": ["tailspintoys.com"], "socketmap": loopback,
                                 "tcp_forward": loopback, "tcp_reverse": loopback}})
    ports = [address.rpartition(":")[2] for address in daemon.wait_event("srs.listening")["listen"].split()]
    lines = {}
    for documented, port in zip(("8897", "8896", "8895"), ports):
        for name, words in (("socketmap", "sender_canonical_classes"), ("tcp", "sender_canonical_maps = tcp")):
            lines[name] = [line.replace(f"127.0.0.1:{documented}", f"127.0.0.1:{port}") for line in lines.get(name) or box(words)]
    postfix = lib.Postfix("--milter", daemon.addresses[0], "--set", f"relayhost=[127.0.0.1]:{next_hop.port}",
                          "--set", f"virtual_alias_maps=inline:{{{FORWARDED}={REMOTE}}}")
    postfix.set(*lines["socketmap"])


def tearDownModule():
    postfix.stop()
    daemon.stop()
    next_hop.listener.close()


class OverSocketmap(unittest.TestCase):
    """The same again below over tcp_table."""

    kind = "socketmap"

    @classmethod
    def setUpClass(cls):
        postfix.set(*lines[cls.kind])

    def send(self, sender, recipient, token, code="250"):
        """(MAIL FROM, RCPT TO) as the next server got them."""
        token = f"{self.kind}-{token}"
        with postfix.connect() as client:
            client.come_from("192.0.2.10").mail(sender, recipient, message(token), code)
        return self.arrived(token.encode())

    @staticmethod
    def arrived(token):
        def found():
            return [mail for mail in next_hop.mails if token in mail[2]]
        sender, recipients, _ = lib.wait_for(found, f"{token!r} at the next server")[-1]
        return re.match("MAIL FROM:<(.*?)>", sender)[1], re.match("RCPT TO:<(.*?)>", recipients[-1])[1]

    def test_the_sender_of_forwarded_mail_is_rewritten_and_its_bounce_comes_back(self):
        sender, recipient = self.send(SENDER, FORWARDED, "there")
        self.assertEqual(recipient, REMOTE)
        self.assertRegex(sender, rf"^SRS0=....=..=sender\.example=Ann\.Lee\+news@{re.escape(SRS)}$")
        for form, token in ((sender, "back"), (sender.lower(), "folded")):
            again = self.send("", form, token)
            self.assertEqual((again[0], again[1].lower()), ("", SENDER.lower()))

    def test_the_address_of_another_forwarder(self):
        first = "SRS0=abcd=AB=a.example=x@first.example"
        sender, _ = self.send(first, FORWARDED, "second")
        self.assertRegex(sender, rf"^SRS1=....=first\.example==abcd=AB=a\.example=x@{re.escape(SRS)}$")
        self.assertEqual(self.send("", sender, "second-back"), ("", first))

    def test_a_quoted_local_part(self):
        sender, _ = self.send('"ann lee"@sender.example', FORWARDED, "quoted")
        self.assertRegex(sender, rf'^"SRS0=....=..=sender\.example=ann lee"@{re.escape(SRS)}$')
        self.assertEqual(self.send("", sender, "quoted-back"), ("", '"ann lee"@sender.example'))

    def test_what_is_left_as_it_is(self):
        self.assertEqual(self.send("", FORWARDED, "bounce")[0], "")
        self.assertEqual(self.send(OURS, FORWARDED, "local")[0], OURS)
        long = "bounces+" + "0123456789" * 4 + "@sender.example"
        self.assertEqual(self.send(long, FORWARDED, "long")[0], long)
        daemon.wait_event("srs.left", lambda event: event["why"] == "too long" and event["address"] == long)

    def test_only_valid_addresses_are_taken(self):
        sender, _ = self.send(SENDER, FORWARDED, "valid")
        with postfix.connect() as client:
            client.come_from("192.0.2.10")
            client.say("MAIL FROM:<>", "250")
            for wrong in (sender.replace("Ann.Lee", "Ann.Leo"), f"ann@{SRS}", f"SRS0=abcd=AA=sender.example=ann@{SRS}"):
                client.say(f"RCPT TO:<{wrong}>", "550 5.1.1")
            client.say(f"RCPT TO:<{sender}>", "250")
        daemon.wait_event("srs.left", lambda event: event["why"] == "bad hash" and event["map"] == "srs_reverse")

    def test_a_bounce_of_our_own_goes_to_the_original_sender(self):
        next_hop.refusal, next_hop.refused = "550 5.1.1 nobody", REMOTE
        try:
            token = f"{self.kind}-refused"
            with postfix.connect() as client:
                client.come_from("192.0.2.10").mail(SENDER, FORWARDED, message(token))
            self.assertEqual(self.arrived(token.encode()), ("", SENDER))
        finally:
            next_hop.refusal = None

    def test_the_daemon_sees_the_sender_as_it_was_given(self):
        self.send("seen@sender.example", FORWARDED, "seen")
        daemon.wait_event("message", lambda event: event.get("mail_from") == "seen@sender.example")


class Secrets(unittest.TestCase):
    kind, send, arrived = "secrets", OverSocketmap.send, staticmethod(OverSocketmap.arrived)

    @classmethod
    def setUpClass(cls):
        postfix.set(*lines["socketmap"])
        cls.before, _ = cls.send(cls(), SENDER, FORWARDED, "before")
        secrets.write_bytes(lib.run("srs", "secret").stdout + secrets.read_bytes())
        daemon.reload()

    def test_addresses_of_the_older_secret_come_back(self):
        self.assertEqual(self.send("", self.before, "older"), ("", SENDER))
        self.assertNotEqual(self.send(SENDER, FORWARDED, "newer")[0], self.before)

    def test_a_file_that_others_can_read_is_not_taken(self):
        secrets.chmod(0o644)
        try:
            self.assertIn("srs.secrets", daemon.reload("reload.failed")["why"])
        finally:
            secrets.chmod(0o600)
        self.assertEqual(self.send("", self.before, "still")[1], SENDER)


class OverTcpTable(OverSocketmap):
    kind = "tcp"

    def test_it_is_counted(self):
        before = daemon.metric('bonafide_srs_total{map="srs_forward",result="rewritten"}')
        self.send(SENDER, FORWARDED, "counted")
        self.assertGreater(daemon.metric('bonafide_srs_total{map="srs_forward",result="rewritten"}'), before)
        self.assertEqual(daemon.metric("bonafide_srs_protocol_errors_total"), 0)

    def test_without_the_daemon_mail_waits(self):
        postfix.set(*(line.replace("127.0.0.1:", "127.0.0.2:") for line in lines[self.kind]))
        try:
            with postfix.connect() as client:
                client.come_from("192.0.2.10")
                client.say(f"MAIL FROM:<{SENDER}>", "250")
                reply = client.say(f"RCPT TO:<{FORWARDED}>")
                if reply.startswith("250"):
                    client.say("DATA", "354")
                    client.send(message("nobody") + b".\r\n")
                    reply = client.reply()
                self.assertTrue(reply.startswith("451 "), reply)
        finally:
            postfix.set(*lines[self.kind])


if __name__ == "__main__":
    lib.main()
