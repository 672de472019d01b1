"""DNS lists as facts for rules, through a real Postfix: what is asked about, which answers count, lists of the good, and the resolver's
cache."""

import contextlib
import socket
import struct
import threading

import lib
from lib import Filtered, rule

ZONE = """
99.2.0.192.bl.example.           A 127.0.0.2
98.2.0.192.bl.example.           A 127.0.0.4
97.2.0.192.bl.example.           A 127.0.0.10
96.2.0.192.bl.example.           A 127.0.1.2
95.2.0.192.bl.example.           A 127.255.255.254
94.2.0.192.bl.example.           A 203.0.113.80
93.2.0.192.bl.example.           A 127.255.255.252
93.2.0.192.bl.example.           A 127.0.0.4
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example. A 127.0.0.2
99.2.0.192.wl.example.           A 127.0.10.3
92.2.0.192.wl.example.           A 127.0.10.0
spam.example.rhs.example.        A 127.0.0.2
liar.example.rhs.example.        A 127.0.0.2
mail.pool.example.rhs.example.   A 127.0.0.2
91.2.0.192.in-addr.arpa.         PTR mail.pool.example.
mail.pool.example.               A 192.0.2.91
90.2.0.192.in-addr.arpa.         PTR mail.pool.example.
_dmarc.strict.example.           TXT "v=DMARC1; p=reject"
"""
LISTED = "554 5.7.1"


def setUpModule():
    Filtered.begin(ZONE, "--set", "inet_protocols=all", compauth={"follow": "nothing"})


def tearDownModule():
    Filtered.end()


def bl(**more):
    return {"name": "bl", "zone": "bl.example"} | more


def refuse(name, **more):
    return rule(f"on {name}", f"dns_lists is {name}", "reject 554 5.7.1 {client} is listed by {dns_lists}", **more)


class Client(Filtered):
    def fates(self, *hosts):
        return [self.fate("ann@new.example", address=f"192.0.2.{host}") == LISTED for host in hosts]

    def test_which_answers_count(self):
        hosts = (99, 98, 97, 96, 93, 50)
        for codes, expected in (([], [True, True, True, True, True, False]),
                                (["127.0.0.4"], [False, True, False, False, True, False]),
                                (["127.0.0.0/24"], [True, True, True, False, True, False]),
                                (["127.0.0.2-127.0.0.4", "127.0.1.2"], [True, True, False, True, True, False]),
                                (["127.0.0.8/29"], [False, False, True, False, False, False])):
            with self.subTest(codes=codes):
                self.configure(dns_list=[bl(codes=codes)], rule=[refuse("bl")])
                self.assertEqual(self.fates(*hosts), expected)

    def test_what_is_no_listing(self):
        self.configure(dns_list=[bl()], rule=[refuse("bl")])
        self.assertEqual(self.fates(95, 94, 50), [False] * 3, "a refusal to answer, somebody else's address, no name")

    def test_ipv6(self):
        self.configure(dns_list=[bl()], rule=[refuse("bl")])
        self.assertEqual(self.say("ann@new.example", address="IPV6:2001:db8::1"), ("mail", f"{LISTED} 2001:db8::1 is listed by bl"))
        self.assertEqual(self.fate("ann@new.example", address="IPV6:2001:db8::2"), "accept")

    def test_a_list_of_the_good(self):
        lists = [bl(), {"name": "wl", "zone": "wl.example", "codes": ["127.0.10.1-127.0.10.3"]}]
        self.configure(dns_list=lists, rule=[rule("good", "dns_lists is wl", "accept", "log"), refuse("bl")])
        self.assertEqual(self.fates(99, 98, 92), [False, True, False])
        self.configure(dns_list=lists, greylist={"enabled": True}, rule=[rule("good", "dns_lists is wl", "skip-greylist")])
        self.assertEqual([self.fate("ann@new.example", address=f"192.0.2.{host}") for host in (99, 92)], ["accept", "451 4.7.1"])

    def test_both_lists_are_named(self):
        self.configure(dns_list=[bl(), {"name": "wl", "zone": "wl.example"}], rule=[refuse("wl")])
        self.assertEqual(self.say("ann@new.example", address="192.0.2.99")[1], f"{LISTED} 192.0.2.99 is listed by bl, wl")

    def test_whom_no_list_is_asked_about(self):
        for lists in ({"ignore": ["192.0.2.99"]}, {"ignore": ["new.example"]}):
            self.configure(dns_list=[bl()], rule=[refuse("bl")], lists=lists)
            self.assertEqual(self.fates(99), [False], lists)
        self.configure(dns_list=[bl()], rule=[refuse("bl")], lists={"allow": ["192.0.2.99"]})
        self.assertEqual(self.fates(99), [True], "an allowance is the rule's matter")


class Names(Filtered):
    def rhs(self, of, **more):
        self.configure(dns_list=[{"name": "rhs", "zone": "rhs.example", "of": of}], rule=[refuse("rhs", **more)])

    def test_mail_from(self):
        self.rhs(["mail_from"])
        self.assertEqual(self.say("ann@spam.example")[0], "mail")
        self.assertEqual(self.fate("ann@SPAM.example"), LISTED)
        self.assertEqual(self.fate("ann@new.example", author="ann@spam.example"), "accept")
        self.assertEqual(self.fate("", author="ann@spam.example"), "accept")

    def test_the_author(self):
        self.rhs(["from"], at="data")
        self.assertEqual(self.say("ann@new.example", author="ann@liar.example")[0], "end")
        self.assertEqual(self.fate("ann@new.example", author="ann@liar.example"), LISTED)
        self.assertEqual(self.fate("ann@liar.example", author="ann@new.example"), "accept")

    def test_helo(self):
        self.rhs(["helo"])
        self.assertEqual(self.fate("ann@new.example", helo="spam.example"), LISTED)
        self.assertEqual(self.fate("ann@new.example", helo="[192.0.2.77]"), "accept")

    def test_the_confirmed_name(self):
        self.rhs(["ptr"])
        self.assertEqual(self.fate("ann@new.example", address="192.0.2.91"), LISTED)
        self.assertEqual(self.fate("ann@new.example", address="192.0.2.90"), "accept", "a name that does not lead back")

    def test_several(self):
        self.rhs(["mail_from", "helo", "from"], at="data")
        for options in ({"sender": "ann@spam.example"}, {"sender": "ann@new.example", "helo": "spam.example"},
                        {"sender": "ann@new.example", "author": "ann@liar.example"}):
            self.assertEqual(self.fate(**options), LISTED, options)


class NameServer(threading.Thread):
    """Answers A questions below bl.example with 127.0.0.2 for one hour, refuses nothing, and counts."""

    def __init__(self):
        super().__init__(daemon=True)
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                question, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            end = question.index(b"\0", 12) + 5
            self.asked.append(self.name_of(question))
            found = self.asked[-1].endswith(".bl.example") and question[end - 4:end - 2] == b"\0\1"
            head = question[:2] + struct.pack(">HHHHH", 0x8180 if found else 0x8183, 1, found, 0, 0)
            answer = b"\xc0\x0c\0\1\0\1" + struct.pack(">IH", 3600, 4) + bytes([127, 0, 0, 2]) if found else b""
            with contextlib.suppress(OSError):
                self.socket.sendto(head + question[12:end] + answer, peer)

    @staticmethod
    def name_of(question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode().lower())
            at += 1 + question[at]
        return ".".join(labels)


class Cache(Filtered):
    def test_a_client_that_comes_again_is_not_asked_about_again(self):
        server = NameServer()
        self.addCleanup(server.socket.close)
        self.configure(dns={"zone": "", "servers": [f"127.0.0.1@{server.port}"], "dnssec": False}, dns_list=[bl()], rule=[refuse("bl")])
        asked = lambda: server.asked.count("99.2.0.192.bl.example")
        self.assertEqual(self.fate("ann@new.example", address="192.0.2.99"), LISTED)
        self.assertEqual(asked(), 1)
        hits = self.daemon.metric("bonafide_dns_cache_hits_total")
        for _ in range(4):
            self.assertEqual(self.fate("ann@new.example", address="192.0.2.99"), LISTED)
        self.assertEqual(asked(), 1, "one answer serves all workers for as long as it lives")
        self.assertGreaterEqual(self.daemon.metric("bonafide_dns_cache_hits_total"), hits + 4)


if __name__ == "__main__":
    lib.main()
