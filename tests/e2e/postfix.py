"""Through a real Postfix: what stands in the delivered message, over both kinds of sockets, for ordinary and for odd mail."""

import os
import unittest

import lib
import signer

OURS = "mx.tailspintoys.com"
FORGED = b"Authentication-Results: mx.tailspintoys.com; dmarc=pass header.from=woodgrovebank.com"
KEY = signer.RsaKey()
ZONE = signer.key_record("sender.example", "k1", KEY) + """
sender.example.           TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc.sender.example.    TXT "v=DMARC1; p=reject"
client.example.           TXT "v=spf1 ip4:192.0.2.10 -all"
"""


def message(token, *more, body=b"Hello.\r\n"):
    """A message whose Message-ID holds the token; `more` are further header fields above the others."""
    head = b"".join(field + b"\r\n" for field in more)
    return head + (b"From: Ann <ann@sender.example>\r\nTo: astobes@tailspintoys.com\r\nSubject: a test\r\n"
                   b"Date: Thu, 1 Jan 2026 12:00:00 +0000\r\nMessage-ID: <" + token + b"@sender.example>\r\n\r\n") + body


def signed(raw, canonicalization="simple/simple", names=("from", "subject", "to", "date")):
    return signer.sign(raw, "sender.example", "k1", KEY, canonicalization, names)


def setUpModule():
    """One daemon on two sockets, one Postfix with an smtpd for each: starting Postfix is what takes long."""
    global daemon, postfix, ports
    lib.need_root("Postfix")
    lib.fetch(lib.parts, "postfix")
    socket_folder = lib.folder / "postfix-1/spool/milter"  # smtpd is chrooted in Debian's Postfix: so stands the README's socket
    socket_folder.mkdir(parents=True)
    unix = f"unix:{socket_folder}/bonafide"
    daemon = lib.Daemon({"server": {"socket_mode": "0666"}}, ZONE, ["inet:127.0.0.1:0", unix])
    postfix = lib.Postfix("--milter", daemon.addresses[0], "--set", "inet_protocols=all")
    ports = {"inet": postfix.port, "unix": postfix.add_service(f"smtpd_milters={unix}")}


def tearDownModule():
    postfix.stop()
    daemon.stop()


class OverTcp(unittest.TestCase):
    """The same again below over a unix socket."""

    kind = "inet"

    def setUp(self):
        self.port = ports[self.kind]

    def token(self, name):
        return f"{self.kind}-{name}".encode()

    def send(self, name, *fields, then=lambda raw: raw, body=b"Hello.\r\n", **options):
        """A message with those fields on top, changed by `then`, as it was delivered."""
        raw = then(message(self.token(name), *fields, body=body))
        return postfix.send(raw, b"<" + self.token(name) + b"@", port=self.port, **options)

    def stamped(self, delivered):
        """Checks that our field stands above all that Postfix put in when it received the message; its results."""
        names = [name for name, _ in lib.fields(delivered)]
        ours = names.index("Authentication-Results")
        self.assertLess(ours, names.index("Received"))
        self.assertTrue(set(names[:ours]) <= {"Return-Path", "X-Original-To", "Delivered-To"}, names[:ours])
        value = lib.values(delivered, "Authentication-Results")[0]
        self.assertTrue(value.startswith(OURS + ";"), value)
        return lib.verdict(value)

    def logged(self, sender):
        return daemon.wait_event("message", lambda event: event["mail_from"] == sender)

    def test_stands_on_top(self):
        self.assertEqual(self.stamped(self.send("top")),
                         {"spf": "pass", "dkim": ["none"], "dmarc": "pass", "iprev": "permerror"})

    def test_client_of_xclient_is_seen(self):
        for address, shown in (("192.0.2.77", "192.0.2.77"), ("IPV6:2001:db8::77", "2001:db8::77")):
            sender = f"{self.kind}-{shown}@sender.example"
            self.send(f"seen-{shown}".replace(":", "-"), address=address, sender=sender)
            event = self.logged(sender)
            self.assertEqual((event["client"], event["helo"], event["direction"], event["spf"], event["rcpt"]),
                             (shown, "client.example", "inbound", "fail", "astobes@tailspintoys.com"))
            self.assertIn(event["queue_id"] + ":", postfix.log())

    def test_forged_fields_go_and_others_stay(self):
        delivered = self.send(
            "forged", FORGED,
            b"X-Stays: 1",
            b"authentication-RESULTS:MX.Tailspintoys.COM; spf=pass",
            b"Authentication-Results: foreign.example; dkim=pass header.d=foreign.example",
            b"Authentication-Results: (a (nested) comment)\r\n\tmx.tailspintoys.com (another) 1; none",
            b"X-Stays: 2",
            b"Authentication-Results:\r\n \"mx.tailspintoys.com\"; spf=pass",
            b"Authentication-Results: \"mx.\\tailspintoys.com\"; spf=pass",
            b"Authentication-Results : mx.tailspintoys.com; spf=pass",
            b"Authentication-Results: other.foreign.example; none",
            b"Authentication-Results: mx.tailspintoys.com/2; this does not even parse (",
            b"X-Stays: 3")
        self.stamped(delivered)
        self.assertEqual([value.split(";")[0] for value in lib.values(delivered, "Authentication-Results")],
                         [OURS, "foreign.example", "other.foreign.example"])
        names = [name for name, _ in lib.fields(delivered)]
        self.assertEqual(names[names.index("Received") + 1:],
                         ["X-Stays", "Authentication-Results", "X-Stays", "Authentication-Results", "X-Stays",
                          "From", "To", "Subject", "Date", "Message-ID"])
        self.assertEqual(lib.values(delivered, "X-Stays"), ["1", "2", "3"])

    def test_several_messages_in_one_session(self):
        given_up = f"{self.kind}-given-up@sender.example"
        tokens = [self.token(name) for name in ("first", "second", "third")]
        with postfix.connect(self.port) as client:
            client.come_from("192.0.2.10")
            client.mail("ann@sender.example", "a@tailspintoys.com", message(tokens[0]))
            client.envelope(given_up, "a@tailspintoys.com")
            client.say("RSET", "250")
            client.mail("ann@elsewhere.example", "a@tailspintoys.com", message(tokens[1]))
            client.envelope(given_up, "a@tailspintoys.com")
            client.say("HELO again.example", "250")
            client.mail("ann@sender.example", "a@tailspintoys.com", message(tokens[2]))
        results = [self.stamped(postfix.delivered(b"<" + token + b"@"))["spf"] for token in tokens]
        self.assertEqual(results, ["pass", "none", "pass"])
        self.assertFalse([event for event in daemon.events("message") if event["mail_from"] == given_up])

    def test_dkim_of_every_canonicalization(self):
        # Blanks that only an exact transmission keeps: none, two and a tab after the colon, a folded value, one at its end.
        fields = (b"X-None:nothing", b"X-Two:  two", b"X-Tab:\ttab", b"X-Folded: a\r\n\t  b ", b"X-Empty:")
        names = ("from", "subject", "x-none", "x-two", "x-tab", "x-folded", "x-empty")
        body = b" two  blanks \r\n\r\n.dot\r\n..\r\n\r\n\r\n"
        for canonicalization in ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"):
            name = "dkim-" + canonicalization.replace("/", "-")
            for what, expected, change in (("kept", "pass", lambda raw: raw),
                                           ("altered", "fail", lambda raw: raw.replace(b"two  blanks", b"two  blankz"))):
                with self.subTest(canonicalization + " " + what):
                    results = self.stamped(self.send(
                        f"{name}-{what}", *fields, body=body, sender="ann@elsewhere.example",
                        then=lambda raw: change(signed(raw, canonicalization, names))))
                    self.assertEqual((results["dkim"], results["dmarc"]), ([expected], expected))

    def test_no_body(self):
        self.assertEqual(self.stamped(self.send("no-body", body=b"", then=signed))["dkim"], ["pass"])

    def test_big_body(self):
        body = b"0123456789" * 7 + b"\r\n" + b"x" * 70 + b"\r\n.\r\n" * 200000
        self.assertEqual(self.stamped(self.send("big-body", body=body, then=signed))["dkim"], ["pass"])

    def test_null_reverse_path(self):
        self.assertEqual(self.stamped(self.send("bounce", sender=""))["spf"], "pass")  # of the HELO name

    def test_several_recipients(self):
        sender, token = f"{self.kind}-many@sender.example", self.token("many")
        with postfix.connect(self.port) as client:
            client.come_from("192.0.2.10")
            client.envelope(sender, *(f"user{i}@tailspintoys.com" for i in range(30)))
            client.say("RCPT TO:<relay@elsewhere.example>", "554")
            client.data(message(token))
        self.stamped(postfix.delivered(b"<" + token + b"@", copies=30))
        self.assertEqual(self.logged(sender)["rcpt"], "user0@tailspintoys.com and 29 more")

    def test_percent_signs(self):
        sender = f"{self.kind}%s%n%%d@sender.example"
        delivered = self.send("percent", b"X-Percent: %s%n%%", sender=sender)
        self.stamped(delivered)
        self.assertEqual(lib.values(delivered, "X-Percent"), ["%s%n%%"])
        self.logged(sender)

    def test_smtputf8(self):
        token = self.token("utf8")
        raw = message(token).replace(b"From: Ann", "From: Ånn Øre".encode()).replace(b"a test", "ein Täst ✓".encode())
        with postfix.connect(self.port) as client:
            client.come_from("192.0.2.10")
            client.envelope("ånn@sender.example", "ästobes@tailspintoys.com", parameters=" SMTPUTF8")
            client.data(signed(raw))
        results = self.stamped(postfix.delivered(b"<" + token + b"@"))
        self.assertEqual((results["spf"], results["dkim"], results["dmarc"]), ("pass", ["pass"], "pass"))

    def test_bytes_that_are_no_text(self):
        delivered = self.send("raw-bytes", b"X-Raw: \xff\xfe\x80\xc3(", body=b"\xff\xfe\x01\x7f\r\n",
                              then=lambda raw: signed(raw, "relaxed/simple", ("from", "x-raw")))
        self.assertEqual(self.stamped(delivered)["dkim"], ["pass"])

    def test_nul_and_bare_carriage_return(self):
        self.stamped(self.send("odd-bytes", b"X-Odd: a\x00b\rc", body=b"a\x00b\rc\r\r\n\x00\r\n"))

    def test_message_without_header(self):
        token = self.token("no-header")
        delivered = postfix.send(token + b"\r\nmore\r\n", token, port=self.port)
        self.assertEqual(self.stamped(delivered)["dmarc"], "pass")  # of the From field that Postfix writes before it asks

    def test_20000_header_fields(self):
        fields = [b"X-%d: v" % i for i in range(20000)]
        delivered = self.send("fields", FORGED, *fields, FORGED, b"Authentication-Results: foreign.example; none", FORGED)
        self.assertEqual(self.stamped(delivered)["dmarc"], "permerror")
        self.assertEqual([value.split(";")[0] for value in lib.values(delivered, "Authentication-Results")],
                         [OURS, "foreign.example"])
        self.assertEqual(lib.values(delivered, "X-Bonafide-Unchecked"), ["limit"])
        self.assertEqual(sum(name.startswith("X-") for name, _ in lib.fields(delivered)), 20000 + 3)

    def test_megabyte_header_field(self):
        long = b"X-Long: " + b"\r\n ".join([b"x" * 900] * 1165)
        delivered = self.send("long-field", long, b"X-After: 1")
        self.assertEqual(self.stamped(delivered)["dmarc"], "pass")
        self.assertEqual(delivered.count(b"x" * 900), 66)  # Postfix itself cuts a field at 60000 bytes once it has milters
        self.assertEqual(lib.values(delivered, "X-After"), ["1"])


class OverUnixSocket(OverTcp):
    kind = "unix"


class OwnMail(unittest.TestCase):
    """Mail of our own users, recognised by {daemon_name} or by the way it came, is not verified; forged fields go all the same."""

    fields = (FORGED, b"Authentication-Results: foreign.example; none")

    def check(self, delivered, sender, direction):
        self.assertEqual(lib.values(delivered, "Authentication-Results"), ["foreign.example; none"])
        event = daemon.wait_event("message", lambda event: event["mail_from"] == sender)
        self.assertEqual((event["direction"], event["spf"], event["dkim"], event["dns"]), (direction, "-", "none", 0))

    def test_submission_service(self):
        port = postfix.add_service("milter_macro_daemon_name=submission")
        delivered = postfix.send(message(b"submitted", *self.fields), b"<submitted@", sender="user@sender.example", port=port)
        self.check(delivered, "user@sender.example", "submitted")

    def test_sendmail_command(self):
        postfix.command("sendmail", "-i", "-f", "cron@sender.example", "a@tailspintoys.com",
                        input=message(b"local", *self.fields).replace(b"\r\n", b"\n"))
        self.check(postfix.delivered(b"<local@"), "cron@sender.example", "local")


if __name__ == "__main__":
    lib.main()
