"""The settings of ESET Mail Security's page and the failure policy through a real Postfix: what is said, what lands, what is logged."""

import base64
import copy
import json
import subprocess
import unittest

import lib

RECIPIENT = "astobes@tailspintoys.com"
ZONE = {
    "sender.example": {"TXT": ["v=spf1 ip4:192.0.2.10 -all"]},
    "soft.example": {"TXT": ["v=spf1 ~all"]},
    "slow.example": {"SERVFAIL": True},
    "nothing.example": {"A": ["203.0.113.1"]},
    "mx.helo.example": {"TXT": ["v=spf1 ip4:192.0.2.10 -all"], "A": ["192.0.2.20"]},
    "20.2.0.192.in-addr.arpa": {"PTR": ["mx.helo.example"]},
    "reject.example": {"A": ["203.0.113.1"]},
    "_dmarc.reject.example": {"TXT": ["v=DMARC1; p=reject"]},
}


# What XCLIENT (which stands for a new connection), EHLO, MAIL, RCPT and another MAIL are answered.
STAGES = [
    ("connect", "reject 550 5.7.1", ["554 mx.ta", "250", "550 5.7.1", "503 5.5.1", "550 5.7.1"]),
    ("connect", "defer 451 4.7.1", ["220", "250", "451 4.7.1", "503 5.5.1", "451 4.7.1"]),
    ("helo", "reject 550 5.7.1", ["220", "250", "550 5.7.1", "503 5.5.1", "550 5.7.1"]),
    ("helo", "defer 451 4.7.1", ["220", "250", "451 4.7.1", "503 5.5.1", "451 4.7.1"]),
    ("mail", "reject 550 5.7.1", ["220", "250", "550 5.7.1", "503 5.5.1", "550 5.7.1"]),
    ("rcpt", "reject 550 5.7.1", ["220", "250", "250", "550 5.7.1", "503 5.5.1"]),
    ("rcpt", "defer 451 4.7.1", ["220", "250", "250", "451 4.7.1", "503 5.5.1"]),
]


def setUpModule():
    global daemon, postfix, basis
    lib.need_root("Postfix")
    lib.fetch(lib.parts, "postfix")
    daemon = lib.Daemon({"mode": "enforce"}, json.dumps(ZONE))
    basis = copy.deepcopy(daemon.settings)
    postfix = lib.Postfix("--milter", daemon.addresses[0])


def tearDownModule():
    postfix.stop()
    daemon.stop()


def rule(name, when, *then, **more):
    return {"name": name, "when": when, "then": list(then)} | more


class Session(unittest.TestCase):
    count = 0

    def configure(self, **settings):
        daemon.settings = copy.deepcopy(basis)
        daemon.settings["server"]["listen"] = daemon.addresses
        daemon.write(settings)
        daemon.reload()

    def say(self, sender, author="ann@nothing.example", address="192.0.2.77", helo="client.example", message=None):
        """(the stage that ended it, the reply) of a whole session."""
        Session.count += 1
        self.token = f"<session-{Session.count}@sender.example>".encode()
        message = message or f"From: <{author}>\r\nSubject: x\r\nMessage-ID: {self.token.decode()}\r\n\r\nHello.\r\n".encode()
        with postfix.connect() as client:
            client.come_from(address, helo=helo)
            for stage, command in (("mail", f"MAIL FROM:<{sender}>"), ("rcpt", f"RCPT TO:<{RECIPIENT}>")):
                reply = client.say(command)
                if not reply.startswith("2"):
                    return stage, reply
            client.say("DATA", "354")
            client.send(message + b".\r\n")
            return "end", client.reply()

    def delivered(self, *arguments, **options):
        stage, reply = self.say(*arguments, **options)
        self.assertEqual((stage, reply[:3]), ("end", "250"), reply)
        return postfix.delivered(self.token)


class Spf(Session):
    def test_the_model_of_results(self):
        self.configure(rule=[rule("tell", "direction is inbound", "add-header X-Available: {spf.available}", at="data")])
        for sender, address, expected in (("ann@sender.example", "192.0.2.10", "pass"), ("ann@sender.example", "192.0.2.77", "fail"),
                                          ("ann@soft.example", "192.0.2.77", "softfail"),
                                          ("ann@nothing.example", "192.0.2.77", "not-available"),
                                          ("ann@slow.example", "192.0.2.77", "not-available")):
            with self.subTest(sender=sender, address=address):
                self.assertEqual(lib.values(self.delivered(sender, address=address), "X-Available"), [expected])

    def test_the_name_of_helo(self):
        self.configure(rule=[rule("helo", "spf_helo.result is fail", "reject 550 5.7.23 {helo} is not allowed to say so")])
        self.assertEqual(self.say("ann@nothing.example", helo="sender.example"), ("mail", "550 5.7.23 sender.example is not allowed to say so"))
        self.assertEqual(self.say("ann@nothing.example", helo="[192.0.2.20]", address="192.0.2.20")[0], "mail",
                         "HELO is no name: the client's confirmed one is taken, and its record says -all")
        self.assertEqual(self.say("ann@nothing.example", helo="sender.example", address="192.0.2.10")[0], "end")

    def test_from_where_mail_from_is_empty(self):
        self.configure(rule=[rule("from", "spf_from.result is fail", "reject 550 5.7.23 the From of a bounce is forged")])
        self.assertEqual(self.say("", author="ann@sender.example"), ("end", "550 5.7.23 the From of a bounce is forged"))
        self.delivered("", author="ann@sender.example", address="192.0.2.10")
        self.delivered("ann@nothing.example", author="ann@sender.example")
        value = lib.values(self.delivered("", author="ann@nothing.example"), "Authentication-Results")
        self.assertNotIn("smtp.mailfrom=ann@nothing.example", "".join(value), "a fact for rules alone")

    def test_the_reject_reply(self):
        self.configure(spf={"reject_fail": True, "reject_reply": "554 5.7.23 {mail_from.domain} does not name {client}"})
        self.assertEqual(self.say("ann@sender.example"), ("mail", "554 5.7.23 sender.example does not name 192.0.2.77"))
        self.configure(spf={"reject_fail": True, "enabled": False})
        self.delivered("ann@sender.example")

    def test_sender_spoofing_protection(self):
        self.configure(rule=[rule("ours", "from.domain is reject.example and not spf.result is pass and not client in [192.0.2.30]",
                                  "reject 550 5.7.1 {from.domain} is ours", at="data")], dmarc={"reject": "never"})
        self.assertEqual(self.say("ann@nothing.example", author="ann@reject.example"), ("end", "550 5.7.1 reject.example is ours"))
        self.delivered("ann@nothing.example", author="ann@reject.example", address="192.0.2.30")


class Arc(Session):
    def test_whether_trusted_sealers_are_believed(self):
        key = lib.folder / "seal.pem"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        public = subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        zone = ZONE | {"seal._domainkey.list.example": {"TXT": ["v=DKIM1; p=" + base64.b64encode(public).decode()]},
                       "reject.example": {"TXT": ["v=spf1 ip4:192.0.2.10 -all"]}}
        daemon.write({}, json.dumps(zone))
        for believes, expected in ((True, "250"), (False, "550")):
            with self.subTest(believes=believes):
                self.configure(lists={"sealers": ["list.example"], "believe_sealers": believes}, dmarc={"reject": "always"})
                token = f"<sealed-{believes}@sender.example>".encode()
                message = b"Authentication-Results: mx.list.example; dmarc=pass header.from=reject.example\r\nFrom: <ann@reject.example>\r\nSubject: x\r\nMessage-ID: " + token + b"\r\n\r\nHello.\r\n"
                sealed = subprocess.run(
                    [lib.bonafide, "arc", "seal", "-", "--domain", "list.example", "--selector", "seal", "--key", key, "--authserv-id",
                     "mx.list.example", "--zone", daemon.zone],
                    input=message, capture_output=True, check=True).stdout
                stage, reply = self.say("list-bounces@list.example", address="203.0.113.7", message=sealed)
                self.assertEqual((stage, reply[:3]), ("end", expected), reply)


class Stages(Session):
    """docs/rules.md, "What the MTA makes of it"."""

    def dialogue(self, level, action):
        self.configure(rule=[rule("no", 'client in [192.0.2.90]', f"{action} not here", at=level)])
        with postfix.connect() as client:
            client.say("EHLO test.example", "250")
            replies = [client.say("XCLIENT ADDR=192.0.2.90 NAME=[UNAVAILABLE] HELO=client.example"), client.say("EHLO client.example")]
            for command in ("MAIL FROM:<ann@nothing.example>", f"RCPT TO:<{RECIPIENT}>", "MAIL FROM:<bob@nothing.example>"):
                replies.append(client.say(command))
        return [reply[:9] if reply[0] in "45" else reply[:3] for reply in replies]

    def test_where_the_reply_stands(self):
        for level, action, expected in STAGES:
            with self.subTest(level=level, action=action):
                self.assertEqual(self.dialogue(level, action), expected)


class Failures(Session):
    def test_dns_servers_of_the_sender_that_are_silent(self):
        self.delivered_with_temperror()
        self.configure(failure={"temperror": "tempfail"})
        stage, reply = self.say("ann@slow.example")
        self.assertEqual((stage, reply[:9]), ("end", "451 4.4.3"), reply)
        event = daemon.wait_event("message", lambda event: event["by"] == "failure.temperror")
        self.assertEqual((event["decision"], event["spf"]), ("defer", "temperror"))
        self.configure(failure={"temperror": "tempfail", "listeners": [f"{basis['server']['listen'][0]} temperror accept"]})
        self.delivered("ann@slow.example")

    def delivered_with_temperror(self):
        self.configure()
        self.assertIn("spf=temperror", "".join(lib.values(self.delivered("ann@slow.example"), "Authentication-Results")))

    def test_more_messages_at_once_than_the_limit(self):
        for overload, check in (("accept", self.unverified), ("tempfail", self.deferred)):
            self.configure(limits={"messages_at_once": 1}, failure={"overload": overload})
            given_up = daemon.metric("bonafide_messages_aborted_total")
            with postfix.connect() as client:
                client.come_from("192.0.2.78").envelope("ann@nothing.example", RECIPIENT)
                check()
            lib.wait_for(lambda: daemon.metric("bonafide_messages_aborted_total") > given_up, "the end of the message that was left open")
            self.assertEqual(lib.values(self.delivered("ann@nothing.example"), "X-Bonafide-Unchecked"), [])

    def unverified(self):
        forged = b"Authentication-Results: mx.tailspintoys.com; spf=pass\r\nFrom: <ann@nothing.example>\r\nMessage-ID: <forged@sender.example>\r\n\r\nx\r\n"
        self.assertEqual(self.say("ann@sender.example", message=forged)[1][:3], "250")
        delivered = postfix.delivered(b"<forged@sender.example>")
        self.assertEqual(lib.values(delivered, "X-Bonafide-Unchecked"), ["overload"])
        self.assertNotIn("spf=pass", "".join(lib.values(delivered, "Authentication-Results")), "forged fields go all the same")

    def deferred(self):
        self.assertEqual(self.say("ann@nothing.example"), ("mail", "451 4.3.2 This server is busy; please try again later"))
        self.assertEqual(daemon.wait_event("refused", lambda event: event["by"] == "failure.overload")["at"], "mail")


if __name__ == "__main__":
    lib.main()
