"""The way a message came, through a real Postfix: internationalized mail, relays and filters of our own before us, sealed chains; and what
is stamped then."""

import base64
import pathlib
import subprocess
import tempfile
import unittest

import lib

FORGED = b"Authentication-Results: mx.tailspintoys.com; dmarc=pass header.from=woodgrovebank.com\r\n"
RELAY, FILTER = "198.51.100.1", "198.51.100.9"
ZONE = """
sender.example.               TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc.sender.example.        TXT "v=DMARC1; p=reject"
xn--exmple-cua.example.       TXT "v=spf1 ip4:192.0.2.10 -all"
_dmarc.xn--exmple-cua.example. TXT "v=DMARC1; p=reject"
10.2.0.192.in-addr.arpa.      PTR mail.sender.example.
mail.sender.example.          A   192.0.2.10
"""
TO = "astobes@tailspintoys.com"


def message(token, sender="Ann <ann@sender.example>", top=b""):
    return (top + b"From: " + sender.encode() + b"\r\nTo: " + TO.encode() + b"\r\nSubject: a test\r\nDate: Thu, 1 Jan 2026 12:00:00 +0000\r\n"
            b"Message-ID: <" + token + b"@sender.example>\r\n\r\nHello.\r\n")


def setUpModule():
    global daemon, postfix, key
    lib.need_root("Postfix")
    lib.fetch(lib.parts, "postfix")
    key = pathlib.Path(tempfile.mkdtemp()) / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    record = base64.b64encode(public).decode()
    zone = ZONE + f'seal._domainkey.list.example. TXT "v=DKIM1; p={record[:200]}" "{record[200:]}"\n'
    daemon = lib.Daemon({"direction": {"relays": [RELAY + "/32"]}, "identity": {"trusted_hosts": [FILTER + "/32"], "authserv_id": "mx.tailspintoys.com"},
                         "spf": {"received_spf": True}}, zone=zone)
    postfix = lib.Postfix("--milter", daemon.addresses[0], "--set", "smtputf8_enable=yes")


def tearDownModule():
    postfix.stop()
    daemon.stop()


class Paths(unittest.TestCase):
    def stamped(self, delivered):
        return lib.values(delivered, "Authentication-Results")

    def test_internationalized_addresses(self):  # RFC 6531, 6532, 8616
        sender = "jos\u00e9@ex\u00e4mple.example"
        with postfix.connect() as client:
            client.come_from("192.0.2.10")
            client.envelope(sender, TO, parameters=" SMTPUTF8")
            client.data(message(b"utf8", f"Jos\u00e9 <{sender}>"))
        value = self.stamped(postfix.delivered(b"<utf8@"))[0]
        self.assertEqual((lib.verdict(value)["spf"], lib.verdict(value)["dmarc"]), ("pass", "pass"))
        self.assertIn("header.from=xn--exmple-cua.example", value)
        self.assertTrue(value.isascii(), value)

    def test_behind_a_relay_of_ours_the_client_before_it_is_judged(self):
        trail = b"Received: from mail.sender.example (unknown [%b]) by edge.tailspintoys.com; Thu, 1 Jan 2026 12:00:00 +0000\r\n"
        for token, address, spf, iprev in ((b"relayed", b"192.0.2.10", "pass", "pass"), (b"relayed-other", b"192.0.2.11", "fail", "permerror")):
            value = self.stamped(postfix.send(message(token, top=trail % address), b"<" + token + b"@", address=RELAY))[0]
            self.assertEqual((lib.verdict(value)["spf"], lib.verdict(value)["iprev"]), (spf, iprev), value)
            self.assertIn("sender IP is " + address.decode(), value)
        value = self.stamped(postfix.send(message(b"no-trail"), b"<no-trail@", address=RELAY))[0]
        self.assertNotIn("spf", lib.verdict(value), value)  # who sent it cannot be known: nothing is claimed

    def test_the_trail_of_a_stranger_is_not_believed(self):
        trail = b"Received: from mail.sender.example (unknown [192.0.2.10]) by edge.tailspintoys.com; Thu, 1 Jan 2026 12:00:00 +0000\r\n"
        value = self.stamped(postfix.send(message(b"stranger", top=trail), b"<stranger@", address="203.0.113.7"))[0]
        self.assertEqual(lib.verdict(value)["spf"], "fail", value)

    def test_results_of_a_trusted_filter_stay(self):
        delivered = postfix.send(message(b"filtered", top=FORGED), b"<filtered@", address=FILTER)
        self.assertEqual(len(self.stamped(delivered)), 2)
        delivered = postfix.send(message(b"forged", top=FORGED), b"<forged@", address="203.0.113.7")
        self.assertEqual(len(self.stamped(delivered)), 1)

    def test_received_spf_stands_below_the_results(self):
        delivered = postfix.send(message(b"received-spf"), b"<received-spf@", address="192.0.2.10")
        names = [name for name, _ in lib.fields(delivered)]
        first = names.index("Authentication-Results")
        self.assertEqual(names[first:first + 3], ["Authentication-Results", "Authentication-Results", "Received-SPF"])
        value = lib.values(delivered, "Received-SPF")[0]
        self.assertTrue(value.startswith("pass ("), value)
        self.assertIn("client-ip=192.0.2.10", value)

    def seal(self, data):
        done = subprocess.run([lib.bonafide, "arc", "seal", "-", "--domain", "list.example", "--selector", "seal", "--key", key, "--authserv-id",
                               "mx.list.example", "--zone", daemon.zone], input=data, capture_output=True, check=True)
        return done.stdout

    def test_a_sealed_chain(self):  # RFC 8617 10.2
        sealed = self.seal(self.seal(message(b"sealed")))
        value = self.stamped(postfix.send(sealed, b"<sealed@", address="203.0.113.7"))[0]
        self.assertRegex(value, r"arc=pass smtp\.remote-ip=203\.0\.113\.7\s+header\.oldest-pass=0")
        event = daemon.wait_event("message", lambda event: event["client"] == "203.0.113.7" and event.get("arc") == "pass")
        self.assertEqual(event["dmarc"], "fail")
        value = self.stamped(postfix.send(sealed.replace(b"Hello.", b"Hallo.").replace(b"<sealed@", b"<broken@"), b"<broken@", address="203.0.113.7"))[0]
        self.assertRegex(value, r"arc=fail \(")


if __name__ == "__main__":
    lib.main()
