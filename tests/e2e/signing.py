"""Mail that goes out through a real Postfix: logins (SASL, by a real Dovecot), submission, own networks, sendmail; who signs, whether it verifies as it was delivered,
what a rotation and a wrong From do; seals on the way in and on a second hop; the tags of bounces."""

import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "differential"))
import lib
from lib import Filtered

ZONE = """
tailspintoys.com.       TXT "v=spf1 ip4:192.0.2.1 -all"
sender.example.         TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc.sender.example.  TXT "v=DMARC1; p=reject"
10.2.0.192.in-addr.arpa. PTR mail.sender.example.
mail.sender.example.    A   192.0.2.10
"""
CUSTOMER, HOST = "customer.example", "host.example"
BOOKS = "xn--bcher-kva.example"  # bücher.example
PASSWORD = "trial"
USERS = [f"ann@{CUSTOMER}", "eve@evil.example", "a@rotating.example", "a@open.example", "a@keyless.example", Filtered.RECIPIENT,
         "ü@bücher.example", f"a@{BOOKS}"]
DOVECOT = """
protocols =
auth_mechanisms = plain login
auth_default_realm = {realm}
auth_username_chars =
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = passwd-file
  args = /etc/dovecot/users
}}
service auth {{
  unix_listener {socket} {{
    mode = 0600
    user = mail
  }}
}}
"""
DSN = """From: MAILER-DAEMON@elsewhere.example
To: <{to}>
Subject: Undelivered Mail
Message-ID: <{token}@elsewhere.example>
Date: Thu, 1 Jan 2026 12:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

It could not be delivered.
--b
Content-Type: message/delivery-status

Final-Recipient: rfc822; nobody@elsewhere.example
Action: failed
--b
Content-Type: text/rfc822-headers

{header}
--b--
"""


def keys(*words, code=0):
    done = lib.run("keys", *words, "--folder", folder)
    if done.returncode != code:
        raise AssertionError(f"keys {words}: {done.stdout.decode()}{done.stderr.decode()}")
    return done.stdout.decode()


def add_key(domain, selector, kind="rsa"):
    """Makes a key and publishes it; it signs at once."""
    keys("new", domain, "--selector", selector, "--type", kind)
    publish()
    keys("activate", domain, selector, "--zone", daemon.zone)


def publish(*without):
    """All records of the folder, but for these selectors, into the daemon's zone."""
    lines = []
    for domain in sorted(path.name for path in folder.iterdir() if path.is_dir()):
        for key in json.loads((folder / domain / "keys.json").read_text())["keys"]:
            if key["selector"] not in without:
                lines.append(keys("record", domain, key["selector"], "--form", "bind"))
    daemon.write({}, zone=ZONE + "".join(lines))
    daemon.reload()


def setUpModule():
    global daemon, folder, login_port, dovecot, SECOND
    folder = lib.folder / "keys"
    folder.mkdir(0o700)
    secrets = lib.folder / "secrets"
    secrets.write_text("a secret of sixteen or more\n")
    secrets.chmod(0o600)
    SECOND = f"unix:{lib.folder}/second.sock"
    daemon = lib.Daemon({"mode": "enforce", "identity": {"authserv_id": "mx.tailspintoys.com", "trusted_hosts": ["127.0.0.1/32"]},
                         "signing": {"keys": str(folder), "reload": "1s"}, "compauth": {"enabled": False},
                         "direction": {"internal_networks": ["198.51.100.0/24"]},
                         "backscatter": {"action": "reject", "secrets": str(secrets)},
                         "server": {"socket_mode": "0666"}}, ZONE, listen=["inet:127.0.0.1:0", SECOND])
    Filtered.begin(ZONE, daemon=daemon)
    dovecot = password_server(Filtered.postfix.folder / "spool/private/auth").__enter__()
    login_port = Filtered.postfix.add_service("smtpd_sasl_auth_enable=yes", "smtpd_sasl_type=dovecot", "smtpd_sasl_path=private/auth",
                                              "smtpd_recipient_restrictions=permit_sasl_authenticated,reject", "milter_macro_daemon_name=submission")


def password_server(socket):
    """Dovecot that knows USERS; Postfix, which runs as "mail" in the sandbox, asks it through `socket`. Unlike by default, logins may be
    internationalized (auth_username_chars), and nobody waits after a wrong password, nor before the next one."""
    overlay = lib.Overlay(lib.Dovecot.fetch(), lib.Dovecot.ACCOUNTS)
    overlay.put("etc/dovecot/users", "".join(f"{user}:{{PLAIN}}{PASSWORD}\n" for user in USERS))
    return lib.Dovecot(overlay, DOVECOT.format(socket=socket, realm=CUSTOMER), str(socket), b"VERSION\t")


def tearDownModule():
    dovecot.stop()
    Filtered.end()


class Signing(Filtered):
    @classmethod
    def setUpClass(cls):
        add_key(CUSTOMER, "r1")
        add_key(CUSTOMER, "e1", "ed25519")
        add_key(HOST, "h1")

    def submit(self, login, author, message=None, code="250", parameters=""):
        """A message of a user who has logged in; as it was delivered, or the reply that refused it."""
        message = message or self.message(author)
        self.logged = len(self.daemon.events())
        with self.postfix.connect(login_port) as client:
            client.say("EHLO client.example", "250")
            client.say("AUTH PLAIN " + base64.b64encode(b"\0" + login.encode() + b"\0" + PASSWORD.encode()).decode(), "235")
            client.envelope(author, self.RECIPIENT, parameters=parameters)
            client.say("DATA", "354")
            client.send(message + b".\r\n")
            reply = client.reply()
        self.assertEqual(reply[:3], code, reply)
        return self.postfix.delivered(self.token) if code == "250" else reply

    def verified(self, message):
        """Each signature of a delivered message, from the top: "pass d/s"."""
        path = lib.folder / "delivered.eml"
        path.write_bytes(message)
        done = lib.run("verify", path, "--ip", "192.0.2.1", "--helo", "mx.example", "--mail-from", "", "--zone", daemon.zone, "--json")
        return [f"{one['result']} {one['domain']}/{one['selector']}" for one in json.loads(done.stdout)["dkim"]]

    def test_a_login_is_signed_by_both_keys(self):
        delivered = self.submit(f"ann@{CUSTOMER}", f"ann@{CUSTOMER}")
        self.assertEqual(self.verified(delivered), [f"pass {CUSTOMER}/r1", f"pass {CUSTOMER}/e1"])
        self.assertEqual(self.event()["signed"], f"{CUSTOMER}/r1 rsa, {CUSTOMER}/e1 ed25519")
        self.assertEqual(self.by_dkimpy("dkim", CUSTOMER, delivered), ["pass", "pass"])

    def test_the_login_is_what_dovecot_makes_of_it(self):
        for written in ("ann", f"Ann@{CUSTOMER.upper()}"):  # auth_default_realm; auth_username_format, which is in lower case by default
            with self.subTest(written):
                delivered = self.submit(written, f"ann@{CUSTOMER}")
                self.assertEqual(self.verified(delivered), [f"pass {CUSTOMER}/r1", f"pass {CUSTOMER}/e1"])
                self.assertEqual(lib.values(self.submit(written, f"postmaster@{HOST}"), "DKIM-Signature"), [])
                self.assertIn(f"ann@{CUSTOMER} may not send as postmaster@{HOST}", self.event()["signed"])

    def test_a_wrong_password_opens_nothing(self):
        def encoded(text):
            return base64.b64encode(text.encode()).decode()
        with self.postfix.connect(login_port) as client:
            client.say("EHLO client.example", "250")
            client.say("AUTH PLAIN " + encoded(f"\0ann@{CUSTOMER}\0wrong"), "535")
            client.say("AUTH LOGIN", "334")
            client.say(encoded(f"nobody@{CUSTOMER}"), "334")
            client.say(encoded(PASSWORD), "535")
            client.say(f"MAIL FROM:<ann@{CUSTOMER}>", "250")
            client.say(f"RCPT TO:<{self.RECIPIENT}>", "554")

    def test_internationalized_addresses(self):
        add_key("bücher.example", "b1")
        delivered = lib.wait_for(self.signed_for_books, "the new domain")
        self.assertEqual(self.by_dkimpy("dkim", BOOKS, delivered), ["pass"])
        for login, author in (("ü@bücher.example", "ü@" + BOOKS), ("a@" + BOOKS, "ü@bücher.example")):
            with self.subTest(login=login, author=author):
                self.assertTrue(self.signed_for_books(login, author), self.event()["signed"])
        delivered = self.submit("eve@evil.example", "ü@bücher.example", parameters=" SMTPUTF8")
        self.assertEqual(lib.values(delivered, "DKIM-Signature"), [])

    def signed_for_books(self, login="ü@bücher.example", author="ü@bücher.example"):
        """The delivered message, if BOOKS has signed it."""
        message = self.message(author, subject="Büchersendung")
        delivered = self.submit(login, author, message, parameters=" SMTPUTF8")
        return delivered if self.verified(delivered) == [f"pass {BOOKS}/b1"] else None

    def test_what_postfix_adds_later_does_not_break_it(self):
        self.message(f"ann@{CUSTOMER}")
        bare = f"From: ann@{CUSTOMER}\r\nSubject: {self.token.decode()}\r\nX-Folded: a\r\n\tb\r\n\r\n.. leading dots\r\n \r\n\r\n\r\n".encode()
        self.postfix.set("always_add_missing_headers = yes", "undisclosed_recipients_header = To: undisclosed-recipients:;")
        self.addCleanup(self.postfix.set, "always_add_missing_headers = no", "undisclosed_recipients_header =")
        delivered = self.submit(f"ann@{CUSTOMER}", f"ann@{CUSTOMER}", bare)
        for name in ("Date", "Message-ID", "To"):
            self.assertEqual(len(lib.values(delivered, name)), 1, name)
        self.assertEqual(self.verified(delivered), [f"pass {CUSTOMER}/r1", f"pass {CUSTOMER}/e1"])
        self.assertEqual(self.by_dkimpy("dkim", CUSTOMER, delivered), ["pass", "pass"])

    def test_simple_canonicalization_is_what_postfix_sends(self):
        self.configure(signing={"form": "simple/simple"})
        self.addCleanup(self.configure)
        delivered = self.submit(f"ann@{CUSTOMER}", f"ann@{CUSTOMER}",
                                self.message(f"ann@{CUSTOMER}").replace(b"Subject: ", b"X-Odd:no space\r\nx-ODD:   three \r\n\tand a fold \r\nSubject:\t"))
        self.assertEqual(self.verified(delivered), [f"pass {CUSTOMER}/r1", f"pass {CUSTOMER}/e1"])
        self.assertEqual(self.by_dkimpy("dkim", CUSTOMER, delivered), ["pass", "pass"])

    def test_own_networks_and_sendmail(self):
        delivered = self.deliver(f"root@{CUSTOMER}", address="198.51.100.7")
        self.assertEqual(self.verified(delivered)[:1], [f"pass {CUSTOMER}/r1"])
        self.assertEqual(self.event()["direction"], "internal")
        message = self.message(f"root@{CUSTOMER}").replace(b"\r\n", b"\n")
        self.postfix.command("sendmail", "-f", f"root@{CUSTOMER}", self.RECIPIENT, input=message)
        self.assertEqual(self.verified(self.postfix.delivered(self.token))[:1], [f"pass {CUSTOMER}/r1"])

    def test_mail_from_outside_is_not_signed(self):
        delivered = self.deliver(f"ann@{CUSTOMER}", address="192.0.2.99")
        self.assertEqual(lib.values(delivered, "DKIM-Signature"), [])

    def test_nobody_signs_for_another_customer(self):
        delivered = self.submit("eve@evil.example", f"ann@{CUSTOMER}")
        self.assertEqual(lib.values(delivered, "DKIM-Signature"), [])
        self.assertIn("eve@evil.example may not send as ann@customer.example", self.event()["signed"])
        self.configure(signing={"on_wrong_sender": "reject"})
        self.addCleanup(self.configure)
        self.assertTrue(self.submit("eve@evil.example", f"ann@{CUSTOMER}", code="550").startswith("550 5.7.1"))

    def test_a_rotation_needs_no_restart_and_an_unpublished_key_does_not_sign(self):
        add_key("rotating.example", "one")
        self.wait_signed("rotating.example", "one")
        keys("new", "rotating.example", "--selector", "two")
        self.assertEqual(self.verified(self.submit("a@rotating.example", "a@rotating.example")), ["pass rotating.example/one"])
        publish()
        keys("activate", "rotating.example", "two", "--zone", daemon.zone)
        self.wait_signed("rotating.example", "two")
        publish("two")  # the record is gone: the key that was active before stands in
        delivered = self.submit("a@rotating.example", "a@rotating.example")
        self.assertEqual(self.verified(delivered), ["pass rotating.example/one"])
        trouble = self.event("signing.trouble")
        self.assertEqual((trouble["domain"], trouble["selector"]), ("rotating.example", "two"))
        publish()

    def wait_signed(self, domain, selector):
        lib.wait_for(lambda: self.verified(self.submit(f"a@{domain}", f"a@{domain}")) == [f"pass {domain}/{selector}"],
                     f"a signature of {domain}/{selector}")

    def test_a_key_that_others_can_read_does_not_sign(self):
        add_key("open.example", "o1")
        (folder / "open.example/o1.pem").chmod(0o644)
        delivered = lib.wait_for(lambda: self.open_one(), "the new domain")
        self.assertEqual(lib.values(delivered, "DKIM-Signature"), [])
        self.assertIn("o1.pem", self.event()["signed"])

    def open_one(self):
        delivered = self.submit("a@open.example", "a@open.example")
        return delivered if "o1" in self.event()["signed"] else None

    def test_the_default_domain_signs_for_customers_without_a_key(self):
        self.configure(signing={"default_domain": HOST, "with_default": True})
        self.addCleanup(self.configure)
        self.assertEqual(self.verified(self.submit("a@keyless.example", "a@keyless.example")), [f"pass {HOST}/h1"])
        self.assertEqual(self.verified(self.submit(f"ann@{CUSTOMER}", f"ann@{CUSTOMER}")),
                         [f"pass {CUSTOMER}/r1", f"pass {CUSTOMER}/e1", f"pass {HOST}/h1"])

    def test_bounces_come_back_with_our_tag_alone(self):
        delivered = self.submit(self.RECIPIENT, self.RECIPIENT)
        header = delivered.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode()
        self.assertRegex(header, r"(?m)^X-Bonafide-Tag: v=1; t=\d+; i=1; m=\S{22}$")
        untagged = re.sub(r"(?m)^X-Bonafide-Tag:.*\n", "", header)
        for returned, code in ((header, "250"), (untagged, "550"), (header.replace("m=", "m=x"), "550")):
            Filtered.count += 1
            bounce = DSN.format(to=self.RECIPIENT, token=f"bounce-{Filtered.count}", header=returned).replace("\n", "\r\n").encode()
            stage, reply = self.say("", address="192.0.2.50", message=bounce)
            self.assertEqual((stage, reply[:3]), ("end", code), reply)
        self.assertEqual(self.event()["bounce_tag"], "wrong")

    def test_forwarded_mail_is_sealed_as_it_comes_in(self):
        self.configure(sealing={"domain": HOST, "recipients": [self.RECIPIENT]})
        self.addCleanup(self.configure)
        delivered = self.deliver("ann@sender.example", address="192.0.2.10")
        self.assertEqual(self.event()["sealed"], f"i=1 cv=none {HOST}/h1")
        self.assertEqual(self.by_dkimpy("arc", HOST, delivered), ["pass"])

    def test_a_second_hop_seals_what_a_list_has_changed(self):
        port = self.postfix.add_service(f"smtpd_milters={SECOND}")
        self.configure(sealing={"domain": HOST, "listeners": [SECOND]})
        self.addCleanup(self.configure)
        arrived = self.deliver("ann@sender.example", address="192.0.2.10").replace(b"\r\n", b"\n")
        header, _, body = arrived.partition(b"\n\n")
        self.token += b"-list"
        changed = (header.replace(b"Subject: ", b"Subject: [list] ").replace(b"X-Bonafide-Id", b"X-Old-Id") +
                   b"\nX-Token: " + self.token + b"\n\n" + body + b"-- \nthe list\n").replace(b"\n", b"\r\n")
        self.logged = len(self.daemon.events())
        with self.postfix.connect(port) as client:
            client.come_from("127.0.0.1")
            client.mail("list-bounces@host.example", self.RECIPIENT, changed)
        delivered = self.postfix.delivered(self.token)
        self.assertEqual(self.event()["sealed"], f"i=1 cv=none {HOST}/h1")
        self.assertEqual(self.by_dkimpy("arc", HOST, delivered), ["pass"])
        self.assertIn("spf=pass", lib.values(delivered, "ARC-Authentication-Results")[0])

    def by_dkimpy(self, kind, domain, message):
        """What dkimpy says of each signature, or of the chain."""
        lib.fetch(lib.parts, "python3-dkim", "python3-nacl", "python3-dnspython")
        rows = json.loads((folder / domain / "keys.json").read_text())["keys"]
        records = {f"{key['selector']}._domainkey.{domain}": f"v=DKIM1; k={key['type']}; p={key['public_key']}" for key in rows}
        job = {"kind": kind, "message": message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").decode("latin-1"), "records": records}
        done = subprocess.run([sys.executable, "-B", here.parent / "differential/dkimpy_verify.py"], input=json.dumps(job).encode(),
                              capture_output=True, env=os.environ | {"PYTHONPATH": str(lib.parts / "root/usr/lib/python3/dist-packages")})
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)


if __name__ == "__main__":
    lib.main()
