"""Whose mail it is, through a real Postfix: authenticated users (SASL), clients behind a proxy (PROXY protocol) or named by XCLIENT, and
what DNSSEC says of the answers behind a verdict."""

import base64
import pathlib
import socket
import struct
import subprocess
import tempfile
import threading
import unittest

import lib

FORGED = b"Authentication-Results: mx.tailspintoys.com; dmarc=pass header.from=woodgrovebank.com"
FOREIGN = b"Authentication-Results: foreign.example; none"
ZONE = """
sender.example.           TXT "v=spf1 ip4:192.0.2.10 ip6:2001:db8::10 -all"
_dmarc.sender.example.    TXT "v=DMARC1; p=reject"
"""
TO = "astobes@tailspintoys.com"


def message(token):
    return (FORGED + b"\r\n" + FOREIGN + b"\r\nFrom: Ann <ann@sender.example>\r\nTo: " + TO.encode() +
            b"\r\nSubject: a test\r\nDate: Thu, 1 Jan 2026 12:00:00 +0000\r\nMessage-ID: <" + token + b"@sender.example>\r\n\r\nHello.\r\n")


def setUpModule():
    global daemon, postfix
    lib.need_root("Postfix")
    lib.fetch(lib.parts, "postfix")
    daemon = lib.Daemon(zone=ZONE)
    postfix = lib.Postfix("--milter", daemon.addresses[0], "--set", "inet_protocols=all")


def tearDownModule():
    postfix.stop()
    daemon.stop()


class PasswordServer:
    """Dovecot's authentication protocol as far as Postfix's smtpd speaks it: every password is right, the user is who it says."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    @staticmethod
    def serve(peer):
        with peer, peer.makefile("rw", newline="\n") as stream:
            stream.write("VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0123456789abcdef0123456789abcdef\nDONE\n")
            stream.flush()
            for line in stream:
                words = line.rstrip("\n").split("\t")
                if words[0] != "AUTH":
                    continue
                response = next(word[5:] for word in words if word.startswith("resp="))
                user = base64.b64decode(response).split(b"\0")[1].decode()
                stream.write(f"OK\t{words[1]}\tuser={user}\n")
                stream.flush()


class Clients(unittest.TestCase):
    def event(self, sender):
        return daemon.wait_event("message", lambda event: event["mail_from"] == sender)

    def authserv_ids(self, token):
        delivered = postfix.delivered(b"<" + token + b"@")
        return [value.split(";")[0] for value in lib.values(delivered, "Authentication-Results")]

    def is_submitted(self, sender, token):
        self.assertEqual(self.authserv_ids(token), ["foreign.example"])  # no verdict of ours, and none that pretends to be
        event = self.event(sender)
        # Who it is comes with MAIL, when the question for the client's name may be under way: its answer is not used.
        self.assertEqual((event["direction"], event["spf"], event["dkim"], event["dmarc"], event["iprev"]),
                         ("submitted", "-", "none", "-", "-"))

    def is_inbound(self, sender, token, client, spf):
        self.assertEqual(self.authserv_ids(token), ["mx.tailspintoys.com", "foreign.example"])
        event = self.event(sender)
        self.assertEqual((event["direction"], event["client"], event["spf"]), ("inbound", client, spf))

    def test_an_authenticated_user(self):
        passwords = PasswordServer()
        self.addCleanup(passwords.listener.close)
        port = postfix.add_service("smtpd_sasl_auth_enable=yes", "smtpd_sasl_type=dovecot",
                                   f"smtpd_sasl_path=inet:127.0.0.1:{passwords.port}")
        with postfix.connect(port) as client:
            client.say("EHLO client.example", "250")
            client.mail("stranger@sender.example", TO, message(b"no-login"))  # the same door before its user is known
            self.assertIn("AUTH PLAIN", client.say("EHLO client.example", "250"))
            client.say("AUTH PLAIN " + base64.b64encode(b"\0ann\0secret").decode(), "235")
            client.mail("ann@sender.example", TO, message(b"login"))
            client.mail("again@sender.example", TO, message(b"login-again"))
        self.is_inbound("stranger@sender.example", b"no-login", "127.0.0.1", "fail")
        self.is_submitted("ann@sender.example", b"login")
        self.is_submitted("again@sender.example", b"login-again")

    def test_behind_a_proxy(self):
        v1 = b"PROXY TCP4 %b 198.51.100.1 40000 25\r\n"
        port = postfix.add_service("smtpd_upstream_proxy_protocol=haproxy", proxy=v1 % b"192.0.2.10")
        v2 = b"\r\n\r\n\0\r\nQUIT\n\x21"  # version 2, PROXY
        for name, proxy, client, spf in (
                ("v1", v1 % b"192.0.2.10", "192.0.2.10", "pass"),
                ("v1-other", v1 % b"192.0.2.11", "192.0.2.11", "fail"),
                ("v1-six", b"PROXY TCP6 2001:db8::10 2001:db8::1 40000 25\r\n", "2001:db8::10", "pass"),
                ("v2", v2 + struct.pack("!BH4s4sHH", 0x11, 12, bytes([192, 0, 2, 10]), bytes([198, 51, 100, 1]), 40000, 25),
                 "192.0.2.10", "pass"),
                ("v2-own", v2[:-1] + b"\x20" + struct.pack("!BH", 0, 0), "127.0.0.1", "fail")):  # LOCAL: the proxy for itself
            with self.subTest(name):
                sender = f"{name}@sender.example"
                with lib.Smtp(port, proxy=proxy) as smtp:
                    smtp.say("EHLO client.example", "250")
                    smtp.mail(sender, TO, message(b"proxy-" + name.encode()))
                self.is_inbound(sender, b"proxy-" + name.encode(), client, spf)

    def test_xclient_changes_who_it_is(self):
        port = postfix.add_service("smtpd_authorized_xclient_hosts=0.0.0.0/0")  # asked of the client it was told of, too
        with postfix.connect(port) as client:
            for name, address, _ in (("first", "192.0.2.10", "pass"), ("second", "192.0.2.11", "fail")):
                client.come_from(address)
                client.mail(f"{name}@sender.example", TO, message(name.encode()))
        for name, address, spf in (("first", "192.0.2.10", "pass"), ("second", "192.0.2.11", "fail")):
            self.is_inbound(f"{name}@sender.example", name.encode(), address, spf)

    def test_xclient_with_a_login(self):
        with postfix.connect() as client:
            client.say("EHLO test.example", "250")
            client.say("XCLIENT ADDR=192.0.2.77 NAME=[UNAVAILABLE] HELO=client.example LOGIN=ann", "220")
            client.say("EHLO client.example", "250")
            client.mail("xlogin@sender.example", TO, message(b"xlogin"))
        self.is_submitted("xlogin@sender.example", b"xlogin")


class NameServer:
    """A real nsd that serves one zone on a free loopback port."""

    def __init__(self, name, zone):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nsd-", dir=lib.folder))
        (self.folder / "zone").write_text(zone)
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            self.port = tcp.getsockname()[1]
            udp.bind(("127.0.0.1", self.port))
        paths = "".join(f' {what}: "{self.folder}/{what}"\n' for what in ("logfile", "pidfile", "xfrdfile", "zonelistfile"))
        (self.folder / "nsd.conf").write_text(
            f'server:\n ip-address: 127.0.0.1@{self.port}\n username: ""\n chroot: ""\n database: ""\n server-count: 1\n'
            f' rrl-ratelimit: 0\n xfrdir: "{self.folder}"\n zonesdir: "{self.folder}"\n{paths}'
            f'remote-control:\n control-enable: no\nzone:\n name: "{name}."\n zonefile: "zone"\n')
        self.process = subprocess.Popen([lib.parts / "run", "nsd", "-d", "-c", self.folder / "nsd.conf"], cwd=self.folder,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def answers():
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return True
            except OSError:
                return False
        try:
            lib.wait_for(answers, "nsd")
        except BaseException:
            self.stop()
            raise

    def stop(self):
        self.process.terminate()
        self.process.wait()


def sign_zone(name, text):
    """The zone with signatures of a fresh key, and the trust anchor to check them with."""
    folder = pathlib.Path(lib.folder / f"signed-{name}")
    folder.mkdir()
    (folder / "zone").write_text(text)

    def tool(*words):
        return subprocess.run([lib.parts / "run", *words], cwd=folder, check=True, capture_output=True, text=True).stdout
    key = tool("ldns-keygen", "-a", "ED25519", "-k", name).strip()
    tool("ldns-signzone", "-o", name, "-f", "signed", "zone", key)
    anchor = folder / f"{key}.key"
    return (folder / "signed").read_text(), anchor


class Dnssec(unittest.TestCase):
    """The daemon with a real name server of a signed zone, Postfix in front."""

    records = ("$ORIGIN signed.example.\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 120\n@ NS ns\nns A 127.0.0.1\n"
               "good TXT \"v=spf1 ip4:192.0.2.10 -all\"\n_dmarc.good TXT \"v=DMARC1; p=reject\"\n"
               "bad TXT \"v=spf1 ip4:192.0.2.99 -all\"\n_dmarc.bad TXT \"v=DMARC1; p=none\"\n")

    def ask(self, zone, anchor):
        """The zone behind the daemon; the logged events of a message from good and one from bad, and the daemon."""
        server = NameServer("signed.example", zone)
        self.addCleanup(server.stop)
        (server.folder / "anchor").write_text(anchor.read_text())
        own = lib.Daemon({"dns": {"zone": "", "servers": [f"127.0.0.1@{server.port}"], "timeout": "3s",
                                  "trust_anchor": str(server.folder / "anchor")}, "server": {"threads": 1}})
        self.addCleanup(own.stop)
        port = postfix.add_service(f"smtpd_milters={own.addresses[0]}")
        events = []
        for name in ("good", "bad"):
            sender = f"ann@{name}.signed.example"
            with postfix.connect(port) as client:
                client.come_from("192.0.2.10")
                client.mail(sender, TO, message(name.encode()).replace(b"ann@sender.example", sender.encode()))
            events.append(own.wait_event("message", lambda event, sender=sender: event["mail_from"] == sender))
        return events, own

    def setUp(self):
        lib.fetch(lib.parts, "nsd", "ldnsutils")

    def test_a_forged_record_convinces_nobody(self):
        signed, anchor = sign_zone("signed.example", self.records)
        (good, bad), own = self.ask(signed.replace("192.0.2.99", "192.0.2.10"), anchor)
        self.assertEqual((good["spf"], good["dmarc"]), ("pass", "pass"))
        self.assertEqual(bad["spf"], "temperror")  # it would pass, had its signature held
        self.assertNotEqual(bad["dmarc"], "pass")
        self.assertEqual((good["dns_bogus"], bad["dns_bogus"]), ("", "bad.signed.example"))
        self.assertEqual(own.metric('bonafide_dns_validation{state="on"}'), 1)
        self.assertGreaterEqual(own.metric("bonafide_dns_bogus_total"), 1)

    def test_a_server_that_strips_signatures(self):
        _, anchor = sign_zone("stripped.signed.example", "$ORIGIN stripped.signed.example.\n$TTL 300\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 127.0.0.1\n")
        anchor.write_text(anchor.read_text().replace("stripped.signed.example.", "signed.example."))
        (good, bad), own = self.ask(self.records, anchor)
        self.assertEqual((good["spf"], good["dmarc"], bad["spf"]), ("pass", "pass", "fail"))
        self.assertEqual(own.metric('bonafide_dns_validation{state="stripped"}'), 1)
        self.assertEqual(own.metric("bonafide_dns_bogus_total"), 0)


if __name__ == "__main__":
    lib.main()
