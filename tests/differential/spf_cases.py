"""Generates SPF cases: valid and odd records with the DNS around them, from a seed.

A case is {"ip", "helo", "mail_from", "zone"}; the zone is the JSON form of a zone file. Most records are sound and most of their names
lead somewhere, so that evaluation goes deep; a part is odd in one term, and a small part is hit by a random change of one byte."""

import random

V4 = ["192.0.2.1", "192.0.2.65", "192.0.2.200", "198.51.100.7", "203.0.113.9"]
V6 = ["2001:db8::1", "2001:db8:1::cafe", "2001:db8:ffff:1::25"]
MAPPED = ["::ffff:192.0.2.1", "::FFFF:203.0.113.9"]
HOSTS = ["a.example.com", "mail.example.com", "b.example.net", "Mx1.Example.Net", "c.d.example.org", "x-y.example.org", "alias.example.net"]
POLICIES = ["_spf.example.com", "spf.example.net", "p3.example.org", "deep.spf.example.net"]
ABSENT = ["void.example.net", "void2.example.net", "void3.example.com"]
BROKEN = ["slow.example.net", "servfail.example.net"]
DOMAINS = ["example.com", "mail.example.com", "Example.COM", "a.b.c.example.org", "example.net"]
LOCAL_PARTS = ["user", "strong-bad", "first.last+tag", "A_b", "x=y", "o'neil", "-dash-", "a..b"]
TARGETS = ["%{i}._spf.%{d}", "%{ir}.%{v}._spf.%{d2}", "%{l}.users.example.com", "%{l1r-}.x.example.com", "%{lr-}.lp.%{o}", "%{o}", "%{d}",
           "%{D2}", "%{h}", "%{h2}", "%{dr}.rev.example.com", "%{s}.s.example.com", "%{S}.s.example.com", "%{p}.p.example.com", "%{p}",
           "%{d1r}.one.example.com", "%{i3r}.part.example.com", "%{o2}", "%{l-+}.d.example.com", "%{d99}", "%{ir.}.dots.example.com",
           "pre%%post.example.com", "sp%_ace.example.com", "enc%-x.example.com", "%{L}.esc.example.com", "%{v}.v.example.com", "A.%{D}",
           "x.%{d}.", "%{l+}._at.example.com", "%{d3}.t%{o1}", "%{l2r+-}.two.example.com"]
ODD = ["ip4:1.2.3", "ip4:192.0.2.0/33", "ip4:192.0.2.0/08", "ip4:192.0.2.1/", "ip4:192.0.2.1//32", "ip4:192.0.2.01", "ip4:192.0.2.256", "ip4",
       "ip4:", "ip4:2001:db8::1", "ip4:192.0.2.0/-1", "ip6:2001:db8::/129", "ip6::1", "ip6:::1/128", "ip6:2001:db8:::1", "ip6:192.0.2.1",
       "ip6:2001:db8::1/064", "ip6:::ffff:192.0.2.0/120", "ip6:2001:db8::12345", "ip6", "ip6:2001:db8::1//64", "IP4:192.0.2.0/24", "ip6:::/0",
       "ip4:0.0.0.0/0", "a:", "a/", "a/24//", "a//", "a/24/64", "a//64/24", "a/33", "a//129", "a/024", "a/0", "a//0", "a/24//64", "mx//64", "mx/0",
       "a:/24", "a:foo", "a:foo-.com", "a:-foo.com", "a:example.123", "a:example.com.", "a:example..com", "a:.example.com", "a:192.0.2.1",
       "a:example.com:8080", "a:e_x.example.com", "a:foo.example.com,", "a=b", "a;", "a.", "a:foo@example.com", "a:%{d}/24", "a:%{d}.example/24",
       "mx:%{d}/27", "mx:", "mx/33", "mx//129", "mx:foo:bar.example.com/24", "include", "include:", "include:foo", "include/24", "exists",
       "exists:", "exists:%{", "exists:%{d", "exists:%{x}.example.com", "exists:%{d0}.example.com", "exists:%d.example.com", "exists:%",
       "exists:foo%", "exists:%{ir", "exists:%{d+r}.example.com", "exists:%{dr2}.example.com", "exists:%{c}.example.com", "exists:%{t}.example.com",
       "exists:%{r}.example.com", "exists:%{ d}.example.com", "exists:example.com/24", "exists:%(d).example.com", "ptr/24", "ptr:", "ptr//64",
       "ptr:com", "ptr:example.com", "ptr:%{o}", "all:", "all:foo", "all/8", "all.", "-all,", "+all", "ALL", "-ALL", "++all", "=all", "!all", "foo",
       "foo:bar", "foo/24", "foo=", "foo=bar", "foo=%{d}", "foo=%{x}", "foo=%", "foo=%{c}", "foo=%%", "foo=a=b", "foo=%{d0}", "f.o-o_1=bar",
       "1foo=bar", "_foo=bar", "-foo=bar", "default=pass", "op=auth", "redirect=", "redirect=foo", "redirect=%{c}.example.com", "redirect:p3.example.org",
       "exp=", "exp=foo", "exp=%", "exp=%{d}x", "redirect=p3.example.org redirect=spf.example.net", "exp=why.example.com exp=why.example.com",
       "REDIRECT=p3.example.org", "Exp=why.example.com", "foo=1 foo=2", "prt", "ipv4:192.0.2.1", "192.0.2.1", "v=spf1", "include:example.com",
       "redirect=example.com", "?", "-", "~", "", "a:" + "l" * 63 + ".example.com", "a:" + "l" * 64 + ".example.com",
       "exists:" + "%{d}." * 30 + "long.example.com", "exists:" + "longlabel." * 26 + "example.com", "\ta", "a\t", "caf\u00e9=1", "a:caf\u00e9.example.com",
       "a:f!oo.example.com", "include:%{d}._spf.example.com", "a:example.com/24/", "mx:a.example.com//", "include:spf.example.net/24",
       "exists:*.example.com", "a:%{d}.", "a:example.com%", "a:example.%{d1}", "a:example.c%{d1}", "a:%{d}-x", "mx:1.2.3.example.4-", "a:foo.1a", "a:foo.a1"]
EXPLANATIONS = ["See http://example.com/why?s=%{S}&i=%{C}", "%{i} is not one of %{d}'s designated mail servers.", "plain", "%{c} %{r} %{t}", "bad %",
                "bad %{z}", "100%% sure%_%-", "caf\u00e9", "%{l} %{o} %{h} %{v} %{dr}", "%{p} is you", ""]


def plain(ip):
    """An IPv4-mapped address as the IPv4 address it is."""
    return ip.lower().removeprefix("::ffff:")


def expand(spec, case, domain):
    """The common macros, to put names where records will look. Not a reference: a wrong guess only makes a name that is not found."""
    ip = plain(case["ip"])
    mail_from = case["mail_from"] or "postmaster@" + case["helo"]
    local, _, sender = mail_from.rpartition("@")
    ip6 = ":" in ip
    if ip6:
        head, _, tail = ip.partition("::")
        head, tail = head.split(":"), tail.split(":") if tail else []
        groups = head + ["0"] * (8 - len(head) - len(tail)) + tail
        dotted = ".".join("".join(group.zfill(4) for group in groups))
    else:
        dotted = ip
    values = {"i": dotted, "d": domain, "o": sender, "l": local or "postmaster", "s": mail_from, "h": case["helo"], "v": "ip6" if ip6 else "in-addr"}
    result = spec
    for letter, value in values.items():
        result = result.replace("%{" + letter + "}", value).replace("%{" + letter + "r}", ".".join(reversed(value.split("."))))
        for keep in (1, 2, 3):
            result = result.replace("%{" + letter + str(keep) + "}", ".".join(value.split(".")[-keep:]))
    return result.replace("%_", " ").replace("%-", "%20").replace("%%", "%").rstrip(".").lower()


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one_in(self, n):
        return self.random.randrange(n) == 0

    def pick(self, values):
        return values[self.random.randrange(len(values))]

    def case(self):
        address = self.pick(V4 if not self.one_in(3) else V6 if not self.one_in(7) else MAPPED)
        domain = self.pick(DOMAINS)
        sender = f"{self.pick(LOCAL_PARTS)}@{domain}"
        if self.one_in(10):
            sender = self.pick(["", "", "", f"@{domain}", domain, f"user@{domain}.", "user@localhost", "user@[192.0.2.1]", "user@a..example.com",
                                "user@" + "l" * 64 + ".example.com", f"a@b@{domain}", f'"q s"@{domain}'])
        helo = self.pick(["mail.example.com", "mx.example.org", "Example.COM", "localhost", "[192.0.2.1]", "a.b.c.example.org"])
        self.current = case = {"ip": address, "helo": helo, "mail_from": sender, "zone": {}}
        self.zone, self.domain = case["zone"], domain
        self.hosts()
        self.reverse()
        for name in POLICIES:
            if not self.one_in(8):
                self.zone[name] = {"TXT": self.texts(name, nested=True)}
        if not sender:
            domain = self.domain = helo
        self.add(domain, TXT=self.texts(domain, nested=False))
        if self.one_in(12):
            self.limits(domain)
        if self.one_in(60):
            self.zone[domain.lower()][self.pick(["TIMEOUT", "SERVFAIL"])] = ["TXT"]
        for name, entry in self.zone.items():
            if "CNAME" in entry:  # RFC 1034 3.6.2: nothing else beside it
                self.zone[name] = {"CNAME": entry["CNAME"]}
        return case

    def add(self, name, **rows):
        entry = self.zone.setdefault(name.lower(), {})
        for kind, values in rows.items():
            entry.setdefault(kind, []).extend(values)

    def addresses(self, mine=3):
        """A and AAAA rows; one in `mine` holds the client."""
        ip = plain(self.current["ip"])
        v4, v6 = [self.pick(V4)], [self.pick(V6)]
        if self.one_in(mine):
            (v6 if ":" in ip else v4).append(ip)
        rows = {}
        if not self.one_in(6):
            rows["A"] = v4
        if not self.one_in(3):
            rows["AAAA"] = v6
        return rows

    def hosts(self):
        for name in HOSTS:
            if not self.one_in(6):
                self.add(name, **self.addresses())
        if self.one_in(3):
            self.zone["alias.example.net"] = {"CNAME": self.pick(["a.example.com", "mail.example.com", "void.example.net"])}
        for name in DOMAINS:
            if not self.one_in(4):
                self.add(name, **self.addresses())
            if not self.one_in(3):
                exchangers = [self.pick(HOSTS) for _ in range(self.random.randrange(1, 4))]
                self.add(name, MX=[[10 * i, host] for i, host in enumerate(dict.fromkeys(exchangers))])
        if self.one_in(25):
            self.add(self.pick(DOMAINS), MX=[[0, ""]])
        self.zone["slow.example.net"] = {"TIMEOUT": True}
        self.zone["servfail.example.net"] = {"SERVFAIL": True}
        self.zone["why.example.com"] = {"TXT": [self.pick(EXPLANATIONS)]}
        if self.one_in(10):
            self.zone["why.example.com"]["TXT"].append("second")
        if self.one_in(20):
            self.add(self.pick(HOSTS), TXT=["v=spf1 a -all"])

    def reverse(self):
        kind = expand("%{ir}.%{v}.arpa", self.current, "")
        if self.one_in(3):
            return
        names = [self.pick(HOSTS + DOMAINS) for _ in range(self.random.randrange(1, 4))]
        if self.one_in(12):
            names += [f"n{i}.example.org" for i in range(self.random.randrange(7, 12))]
            names += [self.domain]
        if self.one_in(8):
            names.append("slow.example.net")
        self.zone[kind] = {"PTR": list(dict.fromkeys(names))}
        if self.one_in(15):
            self.zone[kind] = {"SERVFAIL": True}
        if not self.one_in(3):
            ip = plain(self.current["ip"])
            for name in names[:2]:
                if name != "slow.example.net":
                    self.add(name, **{"AAAA" if ":" in ip else "A": [ip]})

    def name(self, record_domain):
        """A domain-spec; most exist."""
        kind = self.random.randrange(20)
        if kind < 9:
            return self.pick(HOSTS)
        if kind < 12:
            return self.pick(DOMAINS)
        if kind < 13:
            return self.pick(ABSENT)
        if kind < 14 and self.one_in(4):
            return self.pick(BROKEN)
        target = self.pick(TARGETS)
        if not self.one_in(3):
            name = expand(target, self.current, record_domain)
            if "%" not in name and name not in self.zone and len(name) < 250:
                self.add(name, **self.addresses(2))
        return target

    def network(self):
        if self.one_in(3):
            return f"ip6:{self.pick(V6)}" + self.pick(["", "/32", "/48", "/64", "/128", "/0"])
        return f"ip4:{self.pick(V4)}" + self.pick(["", "/24", "/32", "/26", "/25", "/0", "/1"])

    def term(self, domain, nested):
        kind = self.random.randrange(24)
        cidr = self.pick(["", "", "", "/24", "/32", "//64", "/26//48", "//0"])
        if kind < 6:
            text = self.network()
        elif kind < 9:
            text = self.pick(["a", f"a:{self.name(domain)}"]) + cidr
        elif kind < 12:
            text = self.pick(["mx", f"mx:{self.pick(DOMAINS + HOSTS)}", f"mx:{self.name(domain)}"]) + cidr
        elif kind < 15:
            text = f"exists:{self.name(domain)}"
        elif kind < 17:
            text = self.pick(["ptr", f"ptr:{self.pick(DOMAINS)}", "ptr:example.net", f"ptr:{self.name(domain)}"])
        elif kind < 21:
            target = self.pick(POLICIES[2:] if nested else POLICIES + DOMAINS[:2])
            text = f"include:{self.name(domain) if self.one_in(12) else target}"
        elif kind < 22:
            text = self.pick(["unknown=x", "m-o.d_1=%{d}", "op=%{o}.%{l}", "moo="])
        else:
            text = self.network()
        if text[0] not in "umo" or "=" not in text.split(":")[0]:
            text = self.pick(["", "", "+", "-", "~", "?"]) + text
        if self.one_in(15):
            text = "".join(c.upper() if self.one_in(2) and "%" not in text else c for c in text)
        return text

    def record(self, domain, nested):
        terms = [self.term(domain, nested) for _ in range(self.random.randrange(0, 6))]
        if self.one_in(8):
            terms.insert(self.random.randrange(len(terms) + 1), self.pick(ODD))
        end = self.random.randrange(8)
        if end < 5:
            terms.append(self.pick(["-all", "~all", "?all", "all", "-all"]))
        elif end < 6:
            terms.append("redirect=" + (self.name(domain) if self.one_in(3) else self.pick(POLICIES[1:])))
        if self.one_in(3):
            terms.insert(self.random.randrange(len(terms) + 1), "exp=" + ("why.example.com" if not self.one_in(4) else self.name(domain)))
        text = self.pick(["v=spf1"] * 20 + ["V=SPF1", "v=spF1"])
        for term in terms:
            text += self.pick([" "] * 9 + ["  "]) + term
        if self.one_in(15):
            text += " "
        if self.one_in(25) and len(text) > 8:
            at = self.random.randrange(7, len(text))
            change = self.pick([chr(self.random.randrange(33, 127)), "", " ", "/", ":", "%", "=", "."])
            text = text[:at] + change + text[at + self.random.randrange(2):]
        return text

    def texts(self, domain, nested):
        texts = [self.record(domain, nested)]
        odd = self.random.randrange(60)
        if odd == 0:
            texts.append(self.pick(["v=spf1 -all", "v=spf1"]))
        elif odd == 1:
            texts = [self.pick(["v=spf10 a", "v=spf1\ta -all", " v=spf1 -all", "v=spf1-all", "v=spf", "spf2.0/pra -all", "v=spf1"])]
        elif odd == 2:
            texts = []
        if self.one_in(6):
            texts.insert(0, self.pick(["hello", "v=DKIM1; p=", "spf2.0/mfrom -all", "", "v=spf2 a"]))
        if self.one_in(10):
            at = self.random.randrange(len(texts[-1]) + 1) if texts else 0
            if texts:
                texts[-1] = [texts[-1][:at], texts[-1][at:]]
        return texts

    def limits(self, domain):
        """Replaces the record by one near a limit of RFC 7208 4.6.4."""
        kind = self.random.randrange(7)
        count = self.random.randrange(8, 13)
        last = self.pick(["-all", "~all", "+all", "ip4:0.0.0.0/0", "redirect=p3.example.org"])
        if kind == 0:  # a chain of includes
            for i in range(count):
                self.zone[f"chain{i}.example.net"] = {"TXT": [f"v=spf1 include:chain{i + 1}.example.net {last}"]}
            self.zone[f"chain{count}.example.net"] = {"TXT": ["v=spf1 " + self.pick(["+all", "-all"])]}
            text = "include:chain0.example.net -all"
        elif kind == 1:  # a chain of redirects
            for i in range(count):
                self.zone[f"chain{i}.example.net"] = {"TXT": [f"v=spf1 redirect=chain{i + 1}.example.net"]}
            self.zone[f"chain{count}.example.net"] = {"TXT": ["v=spf1 " + last]}
            text = "redirect=chain0.example.net"
        elif kind == 2:  # many terms that find something elsewhere
            self.zone["far.example.net"] = {"A": ["198.18.0.1"], "AAAA": ["2001:db8:dead::1"], "MX": [[1, "far.example.net"]]}
            text = " ".join(self.pick(["a:far.example.net", "mx:far.example.net"]) for _ in range(count)) + " " + last
        elif kind == 3:  # void look-ups
            text = " ".join(self.pick(["a:", "mx:", "exists:"]) + f"gone{i}.example.net" for i in range(self.random.randrange(1, 5))) + " " + last
        elif kind == 4:  # MX hosts
            hosts = [f"m{i}.example.net" for i in range(self.random.randrange(9, 13))]
            for host in hosts:
                self.zone[host] = {"A": ["198.18.0.1"], "AAAA": ["2001:db8:dead::1"]}
            self.zone[self.pick(hosts)] = {"AAAA": [self.current["ip"]]} if self.current["ip"] in V6 else {"A": [plain(self.current["ip"])]}
            self.zone["many.example.net"] = {"MX": [[i, host] for i, host in enumerate(hosts)]}
            text = "mx:many.example.net " + last
        elif kind == 5:  # MX hosts without addresses
            self.zone["many.example.net"] = {"MX": [[i, f"none{i}.example.net"] for i in range(self.random.randrange(1, 5))]}
            text = "mx:many.example.net " + last
        else:  # loops
            self.zone["loop.example.net"] = {"TXT": [f"v=spf1 {self.pick(['include:', 'redirect='])}loop2.example.net"]}
            self.zone["loop2.example.net"] = {"TXT": [f"v=spf1 {self.pick(['include:', 'redirect='])}loop.example.net"]}
            text = "include:loop.example.net " + last
        self.zone[domain.lower()]["TXT"] = ["v=spf1 " + text]


def cases(seed, count):
    generator = Generator(seed)
    return [generator.case() for _ in range(count)]
