"""What servers say, and what `explain` must make of it: (input, receiver, cause[, {further keys}])."""

GMAIL_DSN = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: ann@example.com
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.com.

<bob@gmail.com>: host gmail-smtp-in.l.google.com[142.250.102.27] said: 550-5.7.26
    Your email has been blocked because the sender is unauthenticated. 550-5.7.26
    Gmail requires all senders to authenticate with either SPF or DKIM. 550-5.7.26
    Authentication results: 550-5.7.26  DKIM = did not pass 550-5.7.26  SPF
    [example.com] with ip: [192.0.2.99] = did not pass 550 5.7.26 For instructions
    on setting up authentication, go to
    https://support.google.com/mail/answer/81126#authentication a1-b2c3 - gsmtp (in
    reply to end of DATA command)

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; bob@gmail.com
Action: failed
Status: 5.7.26
Remote-MTA: dns; gmail-smtp-in.l.google.com
Diagnostic-Code: smtp; 550-5.7.26 Your email has been blocked because the sender
    is unauthenticated. 550-5.7.26 Gmail requires all senders to authenticate with
    either SPF or DKIM. 550-5.7.26 Authentication results: 550-5.7.26  DKIM = did not
    pass 550-5.7.26  SPF [example.com] with ip: [192.0.2.99] = did not pass 550
    5.7.26 For instructions, go to https://support.google.com a1-b2c3 - gsmtp

--B
Content-Type: message/rfc822

From: Ann <ann@example.com>
To: bob@gmail.com
Subject: hello
DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=mail; h=from; bh=AAAA; b=AAAA

Hi.
--B--
"""

EXIM_BOUNCE = """\
From: Mail Delivery System <Mailer-Daemon@srv.example.com>
To: ann@example.com
Subject: Mail delivery failed: returning message to sender
X-Failed-Recipients: nobody@example.net

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  nobody@example.net
    host mx.example.net [198.51.100.7]
    SMTP error from remote mail server after RCPT TO:<nobody@example.net>:
    550 5.1.1 <nobody@example.net>: Recipient address rejected: User unknown in virtual mailbox table

------ This is a copy of the message, including all the headers. ------

From: ann@example.com
Subject: hi

x
"""

MICROSOFT_HEADERS = """\
Received: from mail.dubious.example (203.0.113.9) by AM0PR01.prod.outlook.com
 with SMTP id 1; Mon, 23 Nov 2026 10:00:05 +0000
Authentication-Results: spf=fail (sender IP is 203.0.113.9)
 smtp.mailfrom=contoso.com; dkim=none (message not signed)
 header.d=none;dmarc=fail action=quarantine
 header.from=contoso.com;compauth=fail reason=000
From: Boss <boss@contoso.com>
To: ann@fabrikam.com
Subject: pay
"""

HEALTHY_HEADERS = """\
Authentication-Results: mx.google.com;
       dkim=pass header.i=@example.com header.s=mail header.b=abc;
       spf=pass (google.com: domain of ann@example.com designates 192.0.2.10 as permitted sender) smtp.mailfrom=ann@example.com;
       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.com
From: Ann <ann@example.com>
Subject: hi
"""


SPOOF_HEADERS = """Received: from AM0PR04MB1234.eurprd04.prod.outlook.com (2603:10a6:20b:1::5) by
 VI1PR04MB5678.eurprd04.prod.outlook.com with HTTPS; Fri, 20 Nov 2026 09:11:02 +0000
Received: from DB8EUR05FT060.eop-eur05.prod.protection.outlook.com (2603:10a6::9) by AM0PR04MB1234.outlook.office365.com
 with Microsoft SMTP Server id 15.20; Fri, 20 Nov 2026 09:11:01 +0000
Authentication-Results: spf=softfail (sender IP is 203.0.113.44)
 smtp.mailfrom=proseware.com; dkim=none (message not signed)
 header.d=none;dmarc=fail action=none
 header.from=proseware.com;compauth=fail reason=601
Received-SPF: SoftFail (protection.outlook.com: domain of transitioning
 proseware.com discourages use of 203.0.113.44 as permitted sender)
Received: from mail.example.net (203.0.113.44) by DB8EUR05FT060.mail.protection.outlook.com (10.233.1.1) with Microsoft SMTP Server id 15.20; Fri, 20 Nov 2026 09:11:00 +0000
From: "CEO" <ceo@proseware.com>
To: bob@proseware.com
Subject: urgent
Date: Fri, 20 Nov 2026 09:10:59 +0000
X-Forefront-Antispam-Report: CIP:203.0.113.44;CTRY:NL;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:mail.example.net;PTR:mail.example.net;CAT:SPOOF;SFS:(1);DIR:INB;
"""

LIST_HEADERS = """Delivered-To: jan@gmail.com
Received: by 2002:a05:6a10:1 with SMTP id x1; Fri, 20 Nov 2026 01:11:02 -0800 (PST)
ARC-Authentication-Results: i=1; mx.google.com;
       dkim=fail header.i=@adventure-works.com header.s=s1 header.b=AbCd;
       spf=pass (google.com: domain of list-bounces@lists.example.org designates 198.51.100.7 as permitted sender) smtp.mailfrom=list-bounces@lists.example.org;
       dmarc=fail (p=NONE sp=NONE dis=NONE) header.from=adventure-works.com
Authentication-Results: mx.google.com;
       dkim=fail header.i=@adventure-works.com header.s=s1 header.b=AbCd;
       spf=pass (google.com: domain of list-bounces@lists.example.org designates 198.51.100.7 as permitted sender) smtp.mailfrom=list-bounces@lists.example.org;
       dmarc=fail (p=NONE sp=NONE dis=NONE) header.from=adventure-works.com
Received: from lists.example.org (lists.example.org. [198.51.100.7]) by mx.google.com with ESMTPS id a1 for <jan@gmail.com>; Fri, 20 Nov 2026 01:11:02 -0800 (PST)
List-Id: <talk.lists.example.org>
From: Ann <ann@adventure-works.com>
To: talk@lists.example.org
Subject: [talk] hello
"""

YAHOO_KEY_HEADERS = """Authentication-Results: atlas.mail.yahoo.com; dkim=permerror header.i=@tailspin.example header.s=k1 header.b=a; spf=none smtp.mailfrom=tailspin.example; dmarc=unknown header.from=tailspin.example
From: x@tailspin.example
To: a@yahoo.com
X-Apparently-To: a@yahoo.com; Fri, 20 Nov 2026
Subject: s
"""

SPAM_HEADERS = """Received: from unknown (HELO x) (203.0.113.8) by mx.local with SMTP; 20 Nov 2026 09:00:00 -0000
X-Spam-Flag: YES
X-Spam-Status: Yes, score=8.2 required=5.0 tests=BAYES_99,URIBL_BLACK,SPF_PASS,DKIM_VALID autolearn=no
From: a@b.example
To: c@d.example
Subject: offers
"""


EXCHANGE_HTML_DSN = """From: postmaster@contoso.onmicrosoft.com
To: ann@adatum.com
Subject: Undeliverable: Report
Content-Type: multipart/report; report-type=delivery-status;
	boundary="9B0D"
MIME-Version: 1.0

--9B0D
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<html><body><p><b>Your message to joe@contoso.com couldn't be delivered.</b></p><p>Your message wasn't delivered because the recipient's email provider =
rejected it.</p><p>Remote Server returned '550 5.7.23 The message was rejected because of Sender Policy Framework violation'</p></body></html>

--9B0D
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR04MB1234.eurprd04.prod.outlook.com
Received-From-MTA: dns;mail.adatum.com
Arrival-Date: Fri, 20 Nov 2026 10:00:00 +0000

Final-Recipient: rfc822;joe@contoso.com
Action: failed
Status: 5.7.23
Diagnostic-Code: smtp;550 5.7.23 The message was rejected because of Sender Policy Framework violation

--9B0D
Content-Type: text/rfc822-headers

From: Ann <ann@adatum.com>
To: joe@contoso.com
Subject: Report
--9B0D--
"""

GMAIL_GERMAN_BOUNCE = """From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
Subject: =?UTF-8?B?QmVuYWNocmljaHRpZ3VuZyB6dW0gw5xiZXJtaXR0bHVuZ3NzdGF0dXMgKEZlaGxlcik=?=
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

KiogQWRyZXNzZSBuaWNodCBnZWZ1bmRlbiAqKgoKSWhyZSBOYWNocmljaHQgd3VyZGUgbmljaHQg
YW4gaGFuc0BmYWJyaWthbS5kZSB6dWdlc3RlbGx0LCBkYSBkaWUgQWRyZXNzZSBuaWNodCBnZWZ1
bmRlbiB3dXJkZSBvZGVyIGtlaW5lIEUtTWFpbHMgZW1wZmFuZ2VuIGthbm4uCgpEaWUgQW50d29y
dCB3YXI6Cgo1NTAgNS4xLjEgVGhlIGVtYWlsIGFjY291bnQgdGhhdCB5b3UgdHJpZWQgdG8gcmVh
Y2ggZG9lcyBub3QgZXhpc3QuIFBsZWFzZSB0cnkgZG91YmxlLWNoZWNraW5nIHRoZSByZWNpcGll
bnQncyBlbWFpbCBhZGRyZXNzIGZvciB0eXBvcyBvciB1bm5lY2Vzc2FyeSBzcGFjZXMuIExlYXJu
IG1vcmUgYXQgaHR0cHM6Ly9zdXBwb3J0Lmdvb2dsZS5jb20vbWFpbC8/cD1Ob1N1Y2hVc2VyIHgt
Z3NtdHAK
"""

QMAIL_BOUNCE = """From: MAILER-DAEMON@mail.example.net
To: bob@adatum.com
Subject: failure notice

Hi. This is the qmail-send program at mail.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<joe@yahoo.com>:
98.136.96.77 failed after I sent the message.
Remote host said: 554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes

--- Below this line is a copy of the message.

Return-Path: <bob@adatum.com>
From: bob@adatum.com
To: joe@yahoo.com
Subject: x
DKIM-Signature: v=1; a=rsa-sha256; d=adatum.com; s=s2026; h=from; bh=a; b=c

hello
"""

NESTED_DSN = """From: MAILER-DAEMON@mx1.example.net
To: postmaster@mx1.example.net
Subject: Postmaster Copy: Undelivered Mail
Content-Type: multipart/report; report-type=delivery-status; boundary="out"

--out
Content-Type: text/plain

This is the mail system at host mx1.example.net.

--out
Content-Type: message/delivery-status

Reporting-MTA: dns; mx1.example.net

Final-Recipient: rfc822; nobody@tailspin.example
Action: failed
Status: 5.4.4
Diagnostic-Code: X-Postfix; Host or domain name not found. Name service error for name=tailspin.example type=A: Host not found

--out
Content-Type: message/rfc822

From: MAILER-DAEMON@other.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="in"

--in
Content-Type: message/delivery-status

Final-Recipient: rfc822; z@z.example
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 Mailbox full

--in--
--out--
"""

DELAY_DSN = """From: MAILER-DAEMON@mx1.example.net
To: a@adatum.com
Subject: Delayed Mail (still being retried)
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

####################################################################
# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
####################################################################

Your message could not be delivered for more than 4 hour(s).
<joe@woodgrove.com>: connect to mx.woodgrove.com[198.51.100.7]:25: Connection timed out
--b
Content-Type: message/delivery-status

Final-Recipient: rfc822; joe@woodgrove.com
Action: delayed
Status: 4.4.1
Diagnostic-Code: X-Postfix; connect to mx.woodgrove.com[198.51.100.7]:25: Connection timed out
--b--
"""

SUCCESS_DSN = """From: MAILER-DAEMON@mx1.example.net
To: a@adatum.com
Subject: Successful Mail Delivery Report
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message was successfully delivered to the destination(s) listed below.
<joe@woodgrove.com>: delivery via mx.woodgrove.com[198.51.100.7]:25: 250 2.0.0 Ok: queued as 123
--b
Content-Type: message/delivery-status

Final-Recipient: rfc822; joe@woodgrove.com
Action: relayed
Status: 2.0.0
Diagnostic-Code: smtp; 250 2.0.0 Ok: queued as 123
--b--
"""

OUT_OF_OFFICE = """From: Joe <joe@woodgrove.com>
To: ann@adatum.com
Subject: Automatic reply: Report
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All

I am out of the office until Monday.
"""


def microsoft(spf, dkim, dmarc, compauth, domain="contoso.com"):
    return (f"Authentication-Results: spf={spf} smtp.mailfrom={domain}; dkim={dkim}; dmarc={dmarc} header.from={domain};compauth={compauth}\n"
            f"From: x@{domain}\nTo: y@fabrikam.com\nSubject: z\n")


CASES = [
    (GMAIL_DSN, "gmail", "no-authentication", {"kind": "bounce", "code": "550", "enhanced": "5.7.26", "domain": "example.com", "ip": "192.0.2.99", "selector": "mail"}),
    (EXIM_BOUNCE, "other", "recipient", {"kind": "bounce", "code": "550", "enhanced": "5.1.1"}),
    (MICROSOFT_HEADERS, "microsoft365", "spf-fail", {"kind": "headers", "domain": "contoso.com", "ip": "203.0.113.9"}),
    (HEALTHY_HEADERS, "gmail", "none", {"kind": "headers", "domain": "example.com"}),
    (microsoft("pass (sender IP is 192.0.2.1)", "none (message not signed) header.d=none", "bestguesspass action=none", "pass reason=109"), "microsoft365", "none"),
    (microsoft("none (sender IP is 192.0.2.1)", "none header.d=none", "none action=none", "fail reason=001"), "microsoft365", "no-authentication"),
    (microsoft("fail (sender IP is 192.0.2.1)", "fail (body hash did not verify) header.d=contoso.com", "fail action=oreject", "none reason=451"), "microsoft365", "dkim-fail"),
    (microsoft("pass (sender IP is 192.0.2.1)", "pass (signature was verified) header.d=other.example", "fail action=none", "fail reason=001"), "microsoft365", "alignment"),
    (microsoft("softfail (sender IP is 192.0.2.1)", "fail (no key for signature) header.d=contoso.com", "fail action=none", "fail reason=001"), "microsoft365", "dkim-key"),
    # Exim's line with its literal \n
    (r"2022-11-28 10:12:41 1ozbQl-0007Rx-2f ** ann@gmail.com R=dnslookup T=remote_smtp H=gmail-smtp-in.l.google.com [142.250.102.27] X=TLS1.3 CV=yes: SMTP error from remote mail server after pipelined end of data: "
     r"550-5.7.26 This message does not have authentication information or fails to\n550-5.7.26 pass authentication checks. To best protect our users from spam, the\n550 5.7.26 message has been blocked. d3-20 - gsmtp",
     "gmail", "no-authentication", {"kind": "log", "code": "550", "enhanced": "5.7.26"}),
    ("550 5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy. Please contact the administrator of example.com domain if this was a legitimate mail. x - gsmtp", "gmail", "dmarc-policy",
     {"kind": "reply", "domain": "example.com"}),
    ("550-5.7.26 The MAIL FROM domain [example.com] has an SPF record with a hard fail\n550-5.7.26 policy (-all) but it fails to pass SPF checks with the ip: [192.0.2.7].\n550 5.7.26 x - gsmtp", "gmail", "spf-fail",
     {"domain": "example.com", "ip": "192.0.2.7"}),
    ("451 4.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy, but temporary DNS failures prevent authentication. x - gsmtp", "gmail", "dns"),
    ("421-4.7.30 This mail has been rate limited because DKIM does not pass. Gmail requires all large senders to authenticate with DKIM. Authentication results: DKIM = did not pass x - gsmtp", "gmail", "dkim-fail"),
    ("421 4.7.27 This mail has been rate limited because SPF does not pass. Gmail requires all large senders to authenticate with SPF. Authentication results: SPF example.com with ip: 192.0.2.1 = did not pass - gsmtp", "gmail", "spf-fail"),
    ("550-5.7.40 The domain of the sender doesn't have a DMARC record or the DMARC record doesn't specify a DMARC policy - gsmtp", "gmail", "dmarc-missing"),
    ("421-4.7.32 Your email has been rate limited because the From: header (RFC5322) in this message isn't aligned with either the authenticated SPF or DKIM organizational domain. - gsmtp", "gmail", "alignment"),
    ("550-5.7.25 [192.0.2.5] The IP address sending this message does not have a PTR record setup, or the corresponding forward DNS entry does not point to the sending IP. - gsmtp", "gmail", "reverse-dns", {"ip": "192.0.2.5"}),
    ("550-5.7.1 [192.0.2.5 19] Gmail has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked. - gsmtp", "gmail", "content"),
    ("550-5.7.1 [192.0.2.5] Gmail has detected that this message is likely suspicious due to the very low reputation of the sending domain. - gsmtp", "gmail", "reputation"),
    ("421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP Netblock. - gsmtp", "gmail", "rate"),
    ("550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address - gsmtp", "gmail", "recipient"),
    ("452-4.2.2 The recipient's inbox is out of storage space. - gsmtp", "gmail", "recipient"),
    ("552-5.7.0 This message was blocked because its content presents a potential security issue. - gsmtp", "gmail", "content"),
    ("552-5.2.3 Your message exceeded Google's message size limits. - gsmtp", "gmail", "other"),
    ("550-5.7.1 This message is not RFC 5322 compliant, the issue is: duplicate From headers. - gsmtp", "gmail", "format"),
    ("421-4.7.29 Your email has been rate limited because this message wasn't sent over a TLS connection. - gsmtp", "gmail", "tls"),
    # Microsoft
    ("550 5.7.509 Access denied, sending domain CONTOSO.COM does not pass DMARC verification and has a DMARC policy of reject. [AM0.eurprd01.prod.outlook.com]", "microsoft365", "dmarc-policy", {"domain": "contoso.com"}),
    ("550 5.7.23 The message was rejected because of Sender Policy Framework violation [DB5.EUR02.prod.protection.outlook.com]", "microsoft365", "spf-fail"),
    ("450 4.7.25 Service unavailable, sending IPv6 address [2001:db8::1] must have reverse DNS record. [AM.prod.protection.outlook.com]", "microsoft365", "reverse-dns", {"ip": "2001:db8::1"}),
    ("450 4.7.26 Service unavailable, message sent over IPv6 [2001:db8::1] must pass either SPF or DKIM validation [AM.prod.protection.outlook.com]", "microsoft365", "no-authentication", {"ip": "2001:db8::1"}),
    ("550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [DB5EUR.prod.protection.outlook.com]", "microsoft365", "recipient"),
    ("550 5.7.606 Access denied, banned sending IP [192.0.2.44]. To request removal from this list please visit https://sender.office.com/ [AM.prod.protection.outlook.com]", "microsoft365", "blocklist", {"ip": "192.0.2.44"}),
    ("550 5.7.64 TenantAttribution; Relay Access Denied [DB.prod.protection.outlook.com]", "microsoft365", "relay"),
    ("451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (AS77712) [DB.prod.protection.outlook.com]", "microsoft365", "rate"),
    ("550 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/192.0.2.9 AS(1440) [x.protection.outlook.com]", "microsoft365", "blocklist"),
    ("550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140). [CO1.mail.protection.outlook.com]", "outlook", "reputation"),
    ("550 5.7.515 Access denied, sending domain example.com does not meet the required authentication level. Spf= Fail, Dkim= Fail, DMARC= Fail", "outlook", "no-authentication", {"domain": "example.com"}),
    ("550 5.7.520 Access denied, Your organization does not allow external forwarding. Please contact your administrator for further assistance. AS(7555) [x.prod.outlook.com]", "microsoft365", "forwarding"),
    # Yahoo, iCloud
    ("554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes", "yahoo", "dmarc-policy"),
    ("421 4.7.0 [TSS04] Messages from 192.0.2.3 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes", "yahoo", "reputation"),
    ("553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.3, because the ip is in Spamhaus's list; see http://postmaster.yahoo.com/550-bl23.html", "yahoo", "blocklist"),
    ("554 delivery error: dd This user doesn't have a yahoo.com account (bob@yahoo.com) [0] - mta4.mail.bf1.yahoo.com", "yahoo", "recipient"),
    ("554 5.7.1 [HME1] This message was blocked for failing both SPF and DKIM authentication checks. See https://support.apple.com/en-us/HT204137", "icloud", "no-authentication"),
    ("554 5.7.1 Your message was rejected due to example.com's DMARC policy. See https://support.apple.com/kb/HT204137", "icloud", "dmarc-policy", {"domain": "example.com"}),
    ("550 5.7.1 Mail rejected due to local policy. https://support.apple.com/ht204137 icloud", "icloud", "reputation"),
    # Others, not about authentication
    ("554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.9", "other", "blocklist", {"ip": "192.0.2.9"}),
    ("450 4.2.0 <bob@example.net>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.net.html", "other", "greylist"),
    ("451 4.7.1 Greylisting in action, please come back later", "other", "greylist"),
    ("550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown in local recipient table", "other", "recipient"),
    ("552 5.2.2 <bob@example.net>: user is over quota", "other", "recipient"),
    ("554 5.7.1 <bob@example.net>: Relay access denied", "other", "relay"),
    ("450 4.1.8 <ann@nonexistent.example>: Sender address rejected: Domain not found", "other", "sender-domain"),
    ("450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.8]", "other", "reverse-dns", {"ip": "192.0.2.8"}),
    ("504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", "other", "reverse-dns"),
    ("554 rejected due to spam content: message scored 12.3 points", "other", "content"),
    ("552 5.3.4 Message size exceeds fixed limit", "other", "other"),
    ("530 5.7.0 Must issue a STARTTLS command first", "other", "tls"),
    ("421 4.7.0 mx.example.net Error: too many connections from 192.0.2.1", "other", "rate"),
    ("550 Domain example.com has exceeded the max emails per hour (150/100 (150%)) allowed. Message discarded.", "other", "rate"),
    ("554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.)", "other", "reputation"),
    ("554-mx01.ironport.example.net 554 Your access to this mail system has been rejected due to the sending MTA's poor reputation. See https://talosintelligence.com", "other", "reputation"),
    ("550 5.7.1 <ann@example.com>: Sender address rejected: not owned by user bob", "other", "relay"),
    ("550 5.7.1 Message contains virus Eicar-Test-Signature", "other", "content"),
    ("550 5.6.0 Lone CR or LF in body: bare LF", "other", "format"),
    ("5.4.0 (host or domain name not found. Name service error for name=exmaple.net type=MX: Host not found)", "other", "dns"),
    # Others, about authentication
    ("550 5.7.1 Email rejected per DMARC policy for example.com", "other", "dmarc-policy", {"domain": "example.com"}),
    ("550 5.7.23 <bob@example.net>: Recipient address rejected: Message rejected due to: SPF fail - not authorized. Please see http://www.openspf.net/Why?s=mfrom;id=ann@example.com;ip=192.0.2.1;r=mx", "other", "spf-fail",
     {"ip": "192.0.2.1"}),
    ("550 SPF: 192.0.2.1 is not allowed to send mail from example.com", "other", "spf-fail", {"domain": "example.com", "ip": "192.0.2.1"}),
    ("550 5.7.24 SPF permerror: too many DNS lookups for example.com", "other", "spf-record"),
    ("550 5.7.20 No passing DKIM signature found", "other", "dkim-missing"),
    ("550 5.7.1 DKIM verification failed: no key for signature (selector mail._domainkey.example.com)", "other", "dkim-key"),
    ("554 5.7.5 Permanent error evaluating DMARC policy: DKIM signature body hash mismatch", "other", "dkim-fail"),
    # Logs
    ("Nov 23 10:00:00 mx postfix/smtp[99]: 4F00: to=<bob@example.net>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, status=deferred (connect to mx.example.net[198.51.100.1]:25: Connection timed out)", "other", "other", {"kind": "log"}),
    ("Nov 23 10:00:00 mx postfix/smtp[99]: 4F00: to=<bob@nowhere.example>, relay=none, delay=0.1, dsn=5.4.4, status=bounced (Host or domain name not found. Name service error for name=nowhere.example type=A: Host not found)", "other", "dns",
     {"kind": "log"}),
    ("Nov 23 10:00:00 mx postfix/smtpd[99]: NOQUEUE: reject: RCPT from unknown[192.0.2.66]: 450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.66]; from=<ann@example.com> to=<bob@example.net> proto=ESMTP helo=<x>", "other",
     "reverse-dns", {"kind": "log", "ip": "192.0.2.66"}),
    ("Nov 23 10:00:00 mx sendmail[7]: x1: to=<bob@example.net>, delay=00:00:01, mailer=esmtp, relay=mx.example.net. [198.51.100.1], dsn=5.1.1, stat=User unknown", "other", "recipient", {"kind": "log", "enhanced": "5.1.1"}),
    ("2026-11-23 10:00:00 1abcDE-000123-XY == bob@example.net R=dnslookup T=remote_smtp defer (-53) H=mx.example.net [198.51.100.1]: SMTP error from remote mail server after RCPT TO:<bob@example.net>: 451 4.7.1 Greylisted, try again in 300 seconds",
     "other", "greylist", {"kind": "log"}),
]


# A second set, in other words.
CASES += [
    ("550-5.7.1 Our system has detected that this message does not meet IPv6 sending guidelines regarding PTR records and authentication. - gsmtp", "gmail", "reverse-dns"),
    ("550-5.4.5 Daily user sending limit exceeded. - gsmtp", "gmail", "rate"),
    ("550 5.7.1 [M12] User [ann@example.com] not authorized to send on behalf of <bob@example.net> mailchannels", "other", "relay"),
    ("550 5.7.1 Rejected: 192.0.2.1 listed at bl.spamcop.net", "other", "blocklist"),
    ("554 5.7.1 Your IP address is listed in the SORBS block list", "other", "blocklist"),
    ("550-Requested action not taken: mailbox unavailable", "other", "recipient"),
    ("550 5.1.0 <ann@example.com> sender rejected : reverse DNS does not match. OFR004_104", "other", "reverse-dns"),
    ("421 4.7.1 mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR004_104", "other", "rate"),
    ("550 5.7.1 Sender ID (PRA) Not Permitted - SPF check: fail", "other", "spf-fail"),
    ("550 5.7.0 Local Policy Violation - mimecast", "other", "reputation"),
    ("550 Administrative prohibition - envelope blocked - https://community.mimecast.com/docs/DOC-1369#550", "other", "reputation"),
    ("550 SPF Sender Invalid - envelope rejected - https://community.mimecast.com/docs/DOC-1369#550", "other", "spf-fail"),
    ("550 DMARC Sender Invalid - envelope rejected - https://community.mimecast.com/docs/DOC-1369#550", "other", "dmarc-policy"),
    ("554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1", "other", "reputation", {"ip": "192.0.2.1"}),
    ("550 5.7.1 This email was rejected because it violates our security policy: the attachment type .exe is not allowed", "other", "content"),
    ("550 5.2.1 The email account that you tried to reach is disabled. - gsmtp", "gmail", "recipient"),
    ("451 Temporary local problem - please try later", "other", "other"),
    ("550 5.1.2 <bob@exmaple.example>: Recipient address rejected: Domain not found", "other", "dns"),
    ("454 4.7.1 TLS not available due to local problem", "other", "tls"),
    ("550 5.7.1 Message rejected due to DMARC policy: fail, sender domain example.org", "other", "dmarc-policy"),
    ("550 #5.7.1 Your access to submit messages to this e-mail system has been rejected.", "other", "reputation"),
    ("550 5.7.1 DMARC: message from example.com rejected because neither SPF nor DKIM is aligned", "other", "dmarc-policy"),
    ("550 5.7.26 dkim=fail spf=fail: message is not authenticated", "other", "no-authentication"),
    ("554 5.7.7 Email policy violation detected (spam score too high)", "other", "content"),
    ("501 5.5.4 Invalid HELO: hostname does not resolve", "other", "reverse-dns"),
    ("550 5.7.1 <[192.0.2.1]>: Client host rejected: No PTR record for your IP", "other", "reverse-dns"),
    ("550 relay not permitted, authentication required", "other", "relay"),
    ("550-Verification failed for <ann@example.com>\n550-No Such User Here\n550 Sender verify failed", "other", "sender-domain"),
    ("550 Unrouteable address", "other", "recipient"),
    ("all relevant MX records point to non-existent hosts", "other", "dns"),
    ("retry timeout exceeded", "other", "other"),
    ("550 5.4.6 Routing loop detected: too many hops", "other", "other"),
    ("554 5.6.0 Message rejected: header From contains more than one address", "other", "format"),
    ("552 5.7.1 Message blocked: URL in this email is listed on SURBL", "other", "content"),
    ("550 spf check failed, domain: example.com, ip: 192.0.2.1 https://service.mail.qq.com", "other", "spf-fail", {"ip": "192.0.2.1"}),
    ("550 Mail content denied. http://service.mail.qq.com/cgi-bin/help?id=20022", "other", "content"),
    ("550 5.7.1 The user or domain that you are sending to (or from) has a policy that prohibited the mail that you sent. DMARC", "other", "dmarc-policy"),
    ("571 5.7.1 Message contains spam or virus or sender is blocked : 192.0.2.1", "other", "content"),
    ("550 5.7.350 Remote server returned message detected as spam -> 554 5.7.1 The message was rejected because it appears to be spam", "microsoft365", "content"),
    ("550 5.0.350 Remote server returned an error -> 550-5.7.26 This mail is unauthenticated, which poses a security risk - gsmtp", "gmail", "no-authentication"),
    ("5.4.317 Message expired, cannot connect to remote server", "microsoft365", "other"),
    ("454 4.7.5 Certificate verification failed: server certificate not trusted", "other", "tls"),
    ("550 5.7.1 Requested action not taken: message refused, sender domain has no MX or A record", "other", "sender-domain"),
    (SPOOF_HEADERS, "microsoft365", "spf-fail", {"kind": "headers", "domain": "proseware.com", "ip": "203.0.113.44"}),
    (LIST_HEADERS, "gmail", "forwarding", {"kind": "headers", "domain": "adventure-works.com"}),
    (YAHOO_KEY_HEADERS, "yahoo", "dkim-key", {"domain": "tailspin.example", "selector": "k1"}),
    (SPAM_HEADERS, "other", "content"),
    ("554-gmx.net (mxgmx016) Nemesis ESMTP Service not available\n554-No SMTP service\n554-IP address is block listed.", "other", "blocklist"),
    ("554-web.de (mxweb012) Nemesis ESMTP Service not available\n554-No SMTP service\n554-Bad DNS PTR resource record.", "other", "reverse-dns"),
    ("550 5.1.1 Benutzer unbekannt", "other", "recipient"),
    ("554 5.7.1 Odrzucono: nadawca nie przeszedł weryfikacji SPF", "other", "spf-fail"),
    ("450 4.4.312 DNS query failed(NXDOMAIN)", "microsoft365", "dns"),
    ("550 5.7.124 Sender not in allowed-senders list", "microsoft365", "recipient"),
    ("hello world", "other", "other", {"confidence": "low"}),
    (EXCHANGE_HTML_DSN, "microsoft365", "spf-fail", {"kind": "bounce", "domain": "adatum.com", "recipient": "joe@contoso.com"}),
    (EXCHANGE_HTML_DSN[:EXCHANGE_HTML_DSN.index("Diagnostic-Code")], "microsoft365", "spf-fail", {"kind": "bounce", "enhanced": "5.7.23"}),
    (GMAIL_GERMAN_BOUNCE, "gmail", "recipient", {"kind": "bounce", "recipient": "hans@fabrikam.de"}),
    (QMAIL_BOUNCE, "yahoo", "dmarc-policy", {"kind": "bounce", "domain": "adatum.com", "selector": "s2026"}),
    (NESTED_DSN, "other", "dns", {"kind": "bounce", "recipient": "nobody@tailspin.example"}),
    (DELAY_DSN, "other", "other", {"kind": "bounce", "enhanced": "4.4.1"}),
    (SUCCESS_DSN, "other", "none", {"kind": "bounce"}),
    (OUT_OF_OFFICE, "other", "other", {"kind": "message"}),
]
