"""zones.py: a hundred zones, healthy and sick, and what the doctor must say of each. Built as data from a healthy base so that a row shows
the one thing that is wrong. A row: (name, domain, zone, arguments, expected ids of error or warning in any order, the id that must stand
first or None). Ids beyond those expected are false alarms, unless they are listed in `also`: true things the sickness brings along."""
import base64
import copy
import subprocess

_KEYS = {}


def key(bits=2048, name="a"):
    """p= of an RSA key; made once a run."""
    if (bits, name) not in _KEYS:
        pem = subprocess.run(["openssl", "genrsa", str(bits)], check=True, capture_output=True).stdout
        der = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"], input=pem, check=True, capture_output=True).stdout
        _KEYS[bits, name] = (pem.decode(), base64.b64encode(der).decode())
    return _KEYS[bits, name]


def dkim(bits=2048, name="a", extra=""):
    return f"v=DKIM1; k=rsa; {extra}p={key(bits, name)[1]}"


def base(d="example.com", spf="v=spf1 ip4:192.0.2.10 -all", dmarc=None):
    """A healthy domain with one server that sends and receives."""
    return {
        d: {"TXT": [spf], "MX": [[10, f"mail.{d}"]], "A": ["192.0.2.80"]},
        f"mail.{d}": {"A": ["192.0.2.10"]},
        "10.2.0.192.in-addr.arpa": {"PTR": [f"mail.{d}"]},
        f"_dmarc.{d}": {"TXT": [dmarc or f"v=DMARC1; p=reject; rua=mailto:dmarc@{d}"]},
        f"mail._domainkey.{d}": {"TXT": [dkim()]},
        f"_smtp._tls.{d}": {"TXT": [f"v=TLSRPTv1; rua=mailto:tls@{d}"]},
    }


class Zone:
    """base() with changes: Zone().txt("example.com", "v=spf1 ...").drop("_dmarc.example.com")."""

    def __init__(self, d="example.com", **options):
        self.d = d
        self.zone = copy.deepcopy(base(d, **options))

    def _name(self, name):
        return self.d if name in ("", "@") else f"{name}.{self.d}" if not name.endswith(".") else name[:-1]

    def put(self, name, kind, value):
        self.zone.setdefault(self._name(name), {})[kind] = value
        return self

    def txt(self, name, *texts):
        return self.put(name, "TXT", list(texts))

    def add_txt(self, name, *texts):
        self.zone.setdefault(self._name(name), {}).setdefault("TXT", []).extend(texts)
        return self

    def drop(self, name, kind=None):
        name = self._name(name)
        if kind:
            self.zone[name].pop(kind)
        else:
            self.zone.pop(name)
        return self


def includes(count, first="v=spf1", last="-all", target="inc{}.example.net"):
    """A record with `count` includes and the zone of them."""
    names = [target.format(i) for i in range(count)]
    return " ".join([first] + [f"include:{n}" for n in names] + [last]), {n: {"TXT": [f"v=spf1 ip4:198.51.100.{i} -all"]} for i, n in enumerate(names)}


def rows():
    """name, zone object, arguments, expected, first, also"""
    out = []

    def row(name, zone, expected=(), first=None, also=(), arguments=(), domain=None):
        domain = domain or (zone.d if isinstance(zone, Zone) else "example.com")
        out.append((name, domain, zone.zone if isinstance(zone, Zone) else zone, list(arguments), set(expected),
                    first or (list(expected)[0] if len(expected) == 1 else None), set(also)))

    # ---- healthy
    row("healthy", Zone())
    row("healthy, server and selector given", Zone(), arguments=["--ip", "192.0.2.10", "--selector", "mail"])
    row("healthy, ~all with p=reject", Zone(spf="v=spf1 ip4:192.0.2.10 ~all"))
    row("healthy, mx and a", Zone(spf="v=spf1 mx a:mail.example.com -all"))
    row("healthy, quarantine", Zone(dmarc="v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"))
    row("healthy, np and t=n", Zone(dmarc="v=DMARC1; p=reject; sp=reject; np=reject; t=n; rua=mailto:dmarc@example.com"))
    spf, more = includes(7)
    healthy = Zone(spf=spf.replace("-all", "ip4:192.0.2.10 -all"))
    healthy.zone.update(more)
    row("healthy, seven includes", healthy)
    row("healthy, IPv6 too", Zone(spf="v=spf1 ip4:192.0.2.10 ip6:2001:db8::10 -all").put("mail", "AAAA", ["2001:db8::10"]).put(
        "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", "PTR", ["mail.example.com"]))
    row("healthy, verification texts beside", Zone().add_txt("", "google-site-verification=abc", "MS=ms12345678"))
    row("healthy, long key in parts", Zone().put("mail._domainkey", "TXT", [[dkim()[:200], dkim()[200:]]]))
    row("healthy, no tag v in the key", Zone().txt("mail._domainkey", f"k=rsa; p={key()[1]}"))
    row("healthy, an old key revoked beside a good one", Zone().txt("default._domainkey", "v=DKIM1; p="))
    row("healthy, Ed25519 beside RSA", Zone().txt("ed25519._domainkey", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="))
    row("healthy, CNAME to a provider's key", Zone().drop("mail._domainkey").put("s1._domainkey", "CNAME", "s1.domainkey.u1.wl.sendgrid.net").put(
        "s1.domainkey.u1.wl.sendgrid.net.", "TXT", [dkim()]))
    row("healthy, subdomain with its own records", Zone("news.example.com"))
    parent = Zone("example.com")
    parent.zone["shop.example.com"] = {"TXT": ["v=spf1 ip4:192.0.2.10 -all"], "MX": [[10, "mail.example.com"]]}
    parent.zone["mail._domainkey.shop.example.com"] = {"TXT": [dkim()]}
    parent.zone["_smtp._tls.shop.example.com"] = {"TXT": ["v=TLSRPTv1; rua=mailto:tls@example.com"]}
    row("healthy, subdomain under its parent's policy", parent, domain="shop.example.com")
    parked = {"example.org": {"TXT": ["v=spf1 -all"], "MX": [[0, "."]]}, "_dmarc.example.org": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@example.org"]},
              "*._domainkey.example.org": {"TXT": ["v=DKIM1; p="]}}
    row("healthy, parked", parked, domain="example.org")
    row("healthy, reports to a host that agrees", dict(Zone(dmarc="v=DMARC1; p=reject; rua=mailto:x@reports.example.net").zone, **{
        "example.com._report._dmarc.reports.example.net": {"TXT": ["v=DMARC1"]}, "reports.example.net": {"MX": [[10, "mx.example.net"]]},
        "mx.example.net": {"A": ["198.51.100.25"]}}))
    row("healthy, IDN", Zone("xn--bcher-kva.example"), domain="bücher.example")
    row("healthy, MTA-STS", Zone().txt("_mta-sts", "v=STSv1; id=20261123").put("mta-sts", "A", ["192.0.2.81"]))
    row("healthy, several MX", Zone().put("", "MX", [[10, "mail.example.com"], [20, "mx2.example.net"]]).put("mx2.example.net.", "A", ["198.51.100.2"]))
    row("healthy, SPF in capitals", Zone(spf="V=SPF1 IP4:192.0.2.10 -ALL"))
    row("healthy, redirect", Zone(spf="v=spf1 redirect=_spf.example.com").txt("_spf", "v=spf1 ip4:192.0.2.10 -all"))
    row("healthy, exp", Zone(spf="v=spf1 ip4:192.0.2.10 -all exp=why.example.com").txt("why", "See https://example.com/mail"))

    # ---- SPF
    row("no SPF", Zone().drop("", "TXT"), ["spf.none"])
    row("two SPF records", Zone().add_txt("", "v=spf1 include:_spf.example.net ~all").txt("_spf.example.net.", "v=spf1 -all"), ["spf.multiple"])
    for name, text in (("unknown mechanism", "v=spf1 ipv4:192.0.2.10 -all"), ("space after colon", "v=spf1 ip4: 192.0.2.10 -all"),
                       ("octet too large", "v=spf1 ip4:192.0.2.300 -all"), ("include without domain", "v=spf1 include: -all"),
                       ("a with an address", "v=spf1 a:192.0.2.10 -all"), ("comma", "v=spf1 ip4:192.0.2.10, -all"), ("double redirect", "v=spf1 redirect=a.example.net redirect=b.example.net")):
        row(f"SPF syntax: {name}", Zone(spf=text), ["spf.syntax"])
    row("include with the address of a web page", Zone(spf="v=spf1 ip4:192.0.2.10 include:https://spf.example.net -all"), ["spf.include_none"])
    spf, more = includes(11)
    sick = Zone(spf=spf)
    sick.zone.update(more)
    row("eleven includes", sick, ["spf.too_many_lookups"])
    row("too many, nested", dict(Zone(spf="v=spf1 include:a.example.net include:b.example.net mx a -all").zone, **{
        "a.example.net": {"TXT": ["v=spf1 include:a1.example.net include:a2.example.net include:a3.example.net -all"]},
        "b.example.net": {"TXT": ["v=spf1 include:b1.example.net include:b2.example.net include:b3.example.net a -all"], "A": ["198.51.100.9"]},
        **{f"{x}.example.net": {"TXT": ["v=spf1 ip4:198.51.100.7 -all"]} for x in ("a1", "a2", "a3", "b1", "b2", "b3")}}), ["spf.too_many_lookups"])
    row("three dead names", Zone(spf="v=spf1 a:gone1.example.com a:gone2.example.com mx:gone3.example.com ip4:192.0.2.10 -all"), ["spf.void_lookups"])
    row("one dead name", Zone(spf="v=spf1 a:gone1.example.com ip4:192.0.2.10 -all"), ["spf.void_lookups"])
    row("include of nothing", Zone(spf="v=spf1 ip4:192.0.2.10 include:gone.example.net -all"), ["spf.include_none"], also=["spf.void_lookups"])
    row("include of a domain without SPF", Zone(spf="v=spf1 ip4:192.0.2.10 include:plain.example.net -all").txt("plain.example.net.", "hello"), ["spf.include_none"])
    row("redirect to nothing", Zone(spf="v=spf1 redirect=gone.example.net"), ["spf.include_none"], also=["spf.void_lookups", "spf.no_all"])
    row("loop", Zone(spf="v=spf1 include:example.com -all"), ["spf.loop"], also=["spf.too_many_lookups"])
    row("loop of two", dict(Zone(spf="v=spf1 include:b.example.net -all").zone, **{"b.example.net": {"TXT": ["v=spf1 include:example.com -all"]}}), ["spf.loop"],
        also=["spf.too_many_lookups"])
    row("+all", Zone(spf="v=spf1 mx +all"), ["spf.plus_all"])
    row("all without sign", Zone(spf="v=spf1 mx all"), ["spf.plus_all"])
    row("the whole internet in two halves", Zone(spf="v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all"), ["spf.plus_all"], also=["spf.too_wide"])
    row("0/0", Zone(spf="v=spf1 ip4:0.0.0.0/0 -all"), ["spf.plus_all"], also=["spf.too_wide"])
    row("+all in an include", Zone(spf="v=spf1 include:open.example.net -all").txt("open.example.net.", "v=spf1 +all"), ["spf.plus_all"])
    row("?all", Zone(spf="v=spf1 ip4:192.0.2.10 ?all"), ["spf.neutral_all"])
    row("no all", Zone(spf="v=spf1 ip4:192.0.2.10"), ["spf.no_all"])
    row("terms after all", Zone(spf="v=spf1 ip4:192.0.2.10 -all include:_spf.example.net").txt("_spf.example.net.", "v=spf1 ip4:198.51.100.1 -all"), ["spf.after_all"])
    row("redirect beside all", Zone(spf="v=spf1 ip4:192.0.2.10 -all redirect=_spf.example.net").txt("_spf.example.net.", "v=spf1 -all"), ["spf.after_all"])
    row("ptr", Zone(spf="v=spf1 ptr ip4:192.0.2.10 -all"), ["spf.ptr"])
    row("too wide", Zone(spf="v=spf1 ip4:198.0.0.0/8 ip4:192.0.2.10 -all"), ["spf.too_wide"])
    row("type 99 only", Zone().drop("", "TXT").put("", "SPF", ["v=spf1 ip4:192.0.2.10 -all"]), ["spf.wrong_place"], also=["spf.none"])
    row("at _spf only", Zone().drop("", "TXT").txt("_spf", "v=spf1 ip4:192.0.2.10 -all"), ["spf.wrong_place"], also=["spf.none"])
    row("quotes in the text", Zone(spf='"v=spf1 ip4:192.0.2.10 -all"'), ["spf.wrong_place"], also=["spf.none", "spf.syntax"])
    row("leading space", Zone(spf=" v=spf1 ip4:192.0.2.10 -all"), ["spf.wrong_place"], also=["spf.none", "spf.syntax"])
    row("private address", Zone(spf="v=spf1 ip4:192.0.2.10 ip4:10.0.0.5 -all"), ["spf.private_address"])
    row("an address that sends is missing", Zone(), ["spf.address_missing"], arguments=["--ip", "192.0.2.99"], also=["ptr.missing"])
    row("IPv6 is missing", Zone(), ["spf.address_missing"], arguments=["--ip", "2001:db8::99"], also=["ptr.missing"])
    row("SPF look-up times out", Zone().put("", "TIMEOUT", ["TXT"]).drop("", "TXT"), ["dns.unanswered"])

    # ---- DKIM
    row("no key", Zone().drop("mail._domainkey"), ["dkim.none_found"])
    row("selector in use is not there", Zone(), ["dkim.not_published"], arguments=["--selector", "bf2026"])
    row("CNAME that leads nowhere", Zone().put("sel._domainkey", "CNAME", "sel.gone.example.net"), ["dkim.not_published"], arguments=["--selector", "sel"])
    row("1024 bits", Zone().txt("mail._domainkey", dkim(1024)), ["dkim.weak"])
    row("512 bits", Zone().txt("mail._domainkey", dkim(512)), ["dkim.weak"])
    row("revoked in use", Zone().txt("mail._domainkey", "v=DKIM1; k=rsa; p="), ["dkim.revoked"], arguments=["--selector", "mail"], also=["dkim.none_found"])
    row("key cut off", Zone().txt("mail._domainkey", dkim()[:200]), ["dkim.syntax"], also=["dkim.none_found"])
    row("PEM lines in p=", Zone().txt("mail._domainkey", f"v=DKIM1; k=rsa; p=-----BEGIN PUBLIC KEY-----{key()[1]}-----END PUBLIC KEY-----"), ["dkim.syntax"], also=["dkim.none_found"])
    row("two records at a selector", Zone().put("mail._domainkey", "TXT", [dkim()[:220], dkim()[220:]]), ["dkim.several_records"], also=["dkim.syntax", "dkim.none_found"])
    row("two keys at a selector", Zone().put("mail._domainkey", "TXT", [dkim(), dkim(2048, "b")]), ["dkim.several_records"])
    row("sha1 only", Zone().txt("mail._domainkey", dkim(extra="h=sha1; ")), ["dkim.hash_restricted"], also=["dkim.none_found"])
    row("s=tlsrpt only", Zone().txt("mail._domainkey", dkim(extra="s=tlsrpt; ")), ["dkim.hash_restricted"], also=["dkim.none_found"])
    row("no p=", Zone().txt("mail._domainkey", "v=DKIM1; k=rsa"), ["dkim.syntax"], also=["dkim.none_found"])
    row("wrong version", Zone().txt("mail._domainkey", f"v=DKIM2; k=rsa; p={key()[1]}"), ["dkim.syntax"], also=["dkim.none_found"])

    # ---- DMARC
    row("no DMARC", Zone().drop("_dmarc"), ["dmarc.none"])
    row("two DMARC records", Zone().add_txt("_dmarc", "v=DMARC1; p=none"), ["dmarc.multiple"], also=["dmarc.none"])
    for name, text in (("no semicolon", "v=DMARC1 p=reject"), ("unknown policy", "v=DMARC1; p=block"), ("misspelt version", "v=DMARC; p=reject"),
                       ("p missing", "v=DMARC1; rua=mailto:d@example.com;pct=100" .replace("rua=mailto:d@example.com;", ""))):
        row(f"DMARC syntax: {name}", Zone(dmarc=text), ["dmarc.syntax"], also=["dmarc.none", "dmarc.weak", "dmarc.wrong_place"])
    row("p=none", Zone(dmarc="v=DMARC1; p=none; rua=mailto:d@example.com"), ["dmarc.weak"])
    row("t=y", Zone(dmarc="v=DMARC1; p=reject; t=y; rua=mailto:d@example.com"), ["dmarc.weak"])
    row("sp=none", Zone(dmarc="v=DMARC1; p=reject; sp=none; rua=mailto:d@example.com"), ["dmarc.subdomain_gap"])
    row("np=none", Zone(dmarc="v=DMARC1; p=reject; np=none; rua=mailto:d@example.com"), ["dmarc.subdomain_gap"])
    row("reports to a host that has not agreed", Zone(dmarc="v=DMARC1; p=reject; rua=mailto:x@reports.example.net").put(
        "reports.example.net.", "MX", [[10, "mx.example.net"]]).put("mx.example.net.", "A", ["198.51.100.25"]), ["dmarc.external_unverified"])
    row("DMARC at the domain itself", Zone().drop("_dmarc").add_txt("", "v=DMARC1; p=reject; rua=mailto:d@example.com"), ["dmarc.wrong_place"], also=["dmarc.none"])
    row("name doubled by the panel", Zone().drop("_dmarc").txt("_dmarc.example.com", "v=DMARC1; p=reject; rua=mailto:d@example.com"), ["dmarc.wrong_place"], also=["dmarc.none"])
    row("strict, and a source that does not meet it", Zone(dmarc="v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:d@example.com").txt(
        "bounce", "v=spf1 ip4:198.51.100.3 -all"), ["dmarc.strict_breaks"], arguments=["--source", "newsletter:bounce.example.com:news.example.com"])

    # ---- MX, PTR
    row("MX to nothing", Zone().put("", "MX", [[10, "gone.example.com"]]), ["mx.unresolvable"])
    row("MX to a CNAME", Zone().put("", "MX", [[10, "alias.example.com"]]).put("alias", "CNAME", "mail.example.com"), ["mx.cname"])
    row("MX to an address", Zone().put("", "MX", [[10, "192.0.2.10"]]), ["mx.address"], also=["mx.unresolvable"])
    row("null MX beside others", Zone().put("", "MX", [[0, "."], [10, "mail.example.com"]]), ["mx.null_with_others"])
    row("no MX, no address", Zone().drop("", "MX").drop("", "A"), ["mx.none"])
    row("MX by a chain of aliases", Zone().put("", "MX", [[10, "a.example.com"]]).put("a", "CNAME", "b.example.com").put("b", "CNAME", "mail.example.com"), ["mx.cname"])
    row("MX alias that leads nowhere", Zone().put("", "MX", [[10, "mail.example.com"], [20, "backup.example.com"]]).put("backup", "CNAME", "gone.example.net"),
        ["mx.unresolvable"])
    row("MX with IPv6 only", Zone().put("", "MX", [[10, "six.example.com"]]).put("six", "AAAA", ["2001:db8::25"]), ["mx.no_ipv4"])
    row("healthy, a second MX with IPv6 only", Zone().put("", "MX", [[10, "mail.example.com"], [20, "six.example.com"]]).put("six", "AAAA", ["2001:db8::25"]))
    row("MX behind a web proxy", Zone().put("", "MX", [[10, "www.example.com"]]).put("www", "A", ["104.21.33.7", "172.67.150.9"]), ["mx.unresolvable"])
    row("healthy, Cloudflare Email Routing", Zone().put("", "MX", [[10, "route1.mx.cloudflare.net"]]).put("route1.mx.cloudflare.net.", "A", ["162.159.205.11"]))
    row("healthy, no MX, mail to the domain's own address", Zone().drop("", "MX"))
    row("sends but takes no mail", Zone(dmarc="v=DMARC1; p=reject; rua=mailto:d@news.example.com").put("", "MX", [[0, "."]]).put(
        "news", "MX", [[10, "mail.example.com"]]).txt("news", "v=spf1 -all").drop("_smtp._tls"), ["mx.null_sends"])
    row("dead MX, and reports to a host that has not agreed", Zone(dmarc="v=DMARC1; p=reject; rua=mailto:x@reports.example.net").put(
        "reports.example.net.", "MX", [[10, "mx.example.net"]]).put("mx.example.net.", "A", ["198.51.100.25"]).put("", "MX", [[10, "gone.example.com"]]),
        ["mx.unresolvable", "dmarc.external_unverified"], first="mx.unresolvable")
    row("the hoster's name of a rented machine", Zone().put("10.2.0.192.in-addr.arpa.", "PTR", ["vps-4f3a2b1c.vps.ovh.net"]).put(
        "vps-4f3a2b1c.vps.ovh.net.", "A", ["192.0.2.10"]), ["ptr.generic"], arguments=["--ip", "192.0.2.10"])
    row("no PTR", Zone().drop("10.2.0.192.in-addr.arpa."), ["ptr.missing"], arguments=["--ip", "192.0.2.10"])
    row("PTR that leads elsewhere", Zone().put("10.2.0.192.in-addr.arpa.", "PTR", ["other.example.net"]).put("other.example.net.", "A", ["198.51.100.77"]),
        ["ptr.mismatch"], arguments=["--ip", "192.0.2.10"])
    row("PTR to a name that is not there", Zone().put("10.2.0.192.in-addr.arpa.", "PTR", ["gone.example.net"]), ["ptr.mismatch"], arguments=["--ip", "192.0.2.10"])
    row("generic PTR", Zone().put("10.2.0.192.in-addr.arpa.", "PTR", ["192-0-2-10.dynamic.isp.example"]).put("192-0-2-10.dynamic.isp.example.", "A", ["192.0.2.10"]),
        ["ptr.generic"], arguments=["--ip", "192.0.2.10"])

    # ---- the rest
    row("MTA-STS record broken", Zone().txt("_mta-sts", "v=STSv1"), ["mta_sts.syntax"])
    row("TLS-RPT broken", Zone().txt("_smtp._tls", "v=TLSRPTv1; ruf=mailto:x@example.com"), ["tlsrpt.syntax"])
    row("TLS-RPT addresses behind a semicolon", Zone().txt("_smtp._tls", "v=TLSRPTv1; rua=mailto:a@example.com;mailto:b@example.com"), ["tlsrpt.syntax"])
    row("TLS-RPT to a host that takes no mail", Zone().txt("_smtp._tls", "v=TLSRPTv1; rua=mailto:x@gone.example.com"), ["tlsrpt.report_address"])
    row("healthy, TLS-RPT to somebody else's host", Zone().txt("_smtp._tls", "v=TLSRPTv1; rua=mailto:x@reports.example.net"))
    for place in ("_smtp-tls", "_tls", "_smtp._tls.example.com"):
        row(f"TLS-RPT at {place}", Zone().drop("_smtp._tls").txt(place, "v=TLSRPTv1; rua=mailto:tls@example.com"), ["tlsrpt.syntax"])
    for place in ("mta-sts", "_mta-sts.example.com"):
        row(f"MTA-STS at {place}", Zone().txt(place, "v=STSv1; id=1"), ["mta_sts.syntax"])
    row("BIMI at _bimi", Zone().txt("_bimi", "v=BIMI1; l=https://example.com/l.svg"), ["bimi.syntax"])
    row("BIMI with p=none", Zone(dmarc="v=DMARC1; p=none; rua=mailto:d@example.com").txt("default._bimi", "v=BIMI1; l=https://example.com/logo.svg"),
        ["dmarc.weak", "bimi.dmarc_too_weak"])
    row("BIMI broken", Zone().txt("default._bimi", "v=BIMI1; l=http://example.com/logo.png"), ["bimi.syntax"])
    row("DNSSEC bogus", {"example.com": {"BOGUS": True}, "_dmarc.example.com": {"BOGUS": True}, "mail._domainkey.example.com": {"BOGUS": True}}, ["dnssec.bogus"])
    row("parked, without DMARC", {"example.org": {"TXT": ["v=spf1 -all"], "MX": [[0, "."]]}}, ["parked.incomplete"], domain="example.org")
    row("parked, with ~all", {"example.org": {"TXT": ["v=spf1 ~all"], "MX": [[0, "."]]}, "_dmarc.example.org": {"TXT": ["v=DMARC1; p=reject"]}},
        ["parked.incomplete"], domain="example.org")
    row("500 TXT records", Zone().add_txt("", *[f"verification-{i}={'x' * 60}" for i in range(500)]), ["txt.too_long"])

    # ---- SPF as people paste and glue it
    for name, text in (("a blank is missing before include", "v=spf1 ip4:192.0.2.10include:_spf.google.com ~all"),
                       ("a blank is missing before all", "v=spf1 ip4:192.0.2.10 mx-all"),
                       ("all stands at the include", "v=spf1 ip4:192.0.2.10 include:_spf.google.com~all")):
        row(name, Zone(spf=text).put("_spf.google.com.", "TXT", ["v=spf1 ip4:35.190.247.0/24 ~all"]), ["spf.syntax"], first="spf.syntax")
    for name, text in (("quotes of a word processor", "\u00e2\u0080\u009cv=spf1 ip4:192.0.2.10 -all\u00e2\u0080\u009d"), ("a line of a zone file", '@ IN TXT "v=spf1 ip4:192.0.2.10 -all"'),
                       ("the type in front", "SPF: v=spf1 ip4:192.0.2.10 -all"), ("non-breaking spaces", "v=spf1\u00c2\u00a0ip4:192.0.2.10\u00c2\u00a0-all"),
                       ("semicolons", "v=spf1; ip4:192.0.2.10; -all")):
        row(name, Zone(spf=text), ["spf.wrong_place"], first="spf.wrong_place")
    row("a subdomain lets everybody send", Zone().txt("news", "v=spf1 +all"), ["spf.plus_all"])
    row("a wildcard lets everybody send", Zone().txt("*", "v=spf1 +all"), ["spf.plus_all"])
    row("a service's include misspelt", Zone(spf="v=spf1 ip4:192.0.2.10 include:_spf.gogle.com -all"), ["spf.include_none"])
    row("the mailbox provider is not listed",
        Zone(spf="v=spf1 ip4:192.0.2.10 -all").put("", "MX", [[1, "aspmx.l.google.com"]]).put("aspmx.l.google.com.", "A", ["142.250.102.26"]).txt("google._domainkey", dkim()),
        ["spf.address_missing"])
    row("_dmarc leads nowhere", Zone().drop("_dmarc").put("_dmarc", "CNAME", "gone.example.net"), ["dmarc.none"])
    row("a subdomain asks for nothing", Zone().put("news", "MX", [[10, "mail.example.com"]]).txt("news", "v=spf1 mx -all").txt("_dmarc.news", "v=DMARC1; p=none"), ["dmarc.subdomain_gap"])
    row("a key in small letters", Zone().txt("mail._domainkey", dkim().lower().replace("v=dkim1", "v=DKIM1")), ["dkim.syntax"])

    # ---- several
    row("nothing but a web site", {"example.com": {"A": ["192.0.2.80"], "MX": [[10, "mail.example.com"]]}, "mail.example.com": {"A": ["192.0.2.10"]}},
        ["spf.none", "dkim.none_found", "dmarc.none"], first="spf.none")
    row("the panel's zone was never copied", {"example.com": {"A": ["192.0.2.80"], "MX": [[10, "mail.example.com"]], "TXT": ["v=spf1 a mx ?all"]},
                                             "mail.example.com": {"A": ["192.0.2.10"]}, "10.2.0.192.in-addr.arpa": {"PTR": ["mail.example.com"]},
                                             "80.2.0.192.in-addr.arpa": {"PTR": ["example.com"]}},
        ["dkim.none_found", "dmarc.none", "spf.neutral_all"], first="dkim.none_found")
    row("everything weak", Zone(spf="v=spf1 ptr +all", dmarc="v=DMARC1; p=none").txt("mail._domainkey", dkim(1024)),
        ["spf.plus_all", "spf.ptr", "dkim.weak", "dmarc.weak"], first="spf.plus_all")
    return out
