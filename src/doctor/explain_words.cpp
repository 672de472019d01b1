// The sentence and the advice for each kind of trouble.
#include "doctor/explain.hpp"

#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

Text name_of(Receiver receiver) {
    switch (receiver) {
    case Receiver::gmail: return say("{name}", {{"name", "Gmail"}});
    case Receiver::microsoft365: return say("{name}", {{"name", "Microsoft 365"}});
    case Receiver::outlook: return say("{name}", {{"name", "Outlook.com"}});
    case Receiver::yahoo: return say("{name}", {{"name", "Yahoo"}});
    case Receiver::icloud: return say("{name}", {{"name", "iCloud"}});
    case Receiver::other: return say("The receiver");
    }
    return {};
}

/// The sentence where more is known than the kind of trouble.
Text exact_summary(const Explanation& e, const Text& who) {
    switch (e.detail) {
    case Detail::none: break;
    case Detail::unknown: return say("{who} does not know the recipient: there is no such mailbox.", {{"who", who}});
    case Detail::full: return say("The recipient's mailbox is full.");
    case Detail::closed: return say("The recipient's mailbox is closed or no longer in use.");
    case Detail::closed_to_sender: return say("The recipient takes no mail from this sender.");
    case Detail::malware:
        return say("{who} refused the mail because of a virus or a kind of attachment.", {{"who", who}});
    case Detail::login: return say("The server wants a login before it takes mail, or did not accept the one it got.");
    case Detail::size: return say("{who} takes no mail as large as this.", {{"who", who}});
    case Detail::loop: return say("The mail goes round in a circle between servers.");
    case Detail::connection: return say("The receiving server could not be reached, or it broke off the connection.");
    case Detail::receiver: return say("{who} has trouble of its own at the moment.", {{"who", who}});
    case Detail::automatic: return say("This is an automatic answer, and no report of a failure.");
    case Detail::delivered: return say("The mail was delivered: this tells of success.");
    }
    return {};
}

std::vector<Text> exact_advice(const Explanation& e) {
    switch (e.detail) {
    case Detail::none:
    case Detail::unknown:
    case Detail::closed: break;
    case Detail::full: return {say("Tell the recipient by another way, and send the mail again when there is room.")};
    case Detail::closed_to_sender: return {say("Ask the recipient, or who manages the group, to admit the sender.")};
    case Detail::malware:
        return {say("Leave the file away or hand it over by another way, and look for malware where it came from.")};
    case Detail::login:
        return {say("See that the program that sends logs in, with the right name and password, at the port for it.")};
    case Detail::size: return {say("Make the mail smaller: put large files where the recipient can fetch them.")};
    case Detail::loop: return {say("Find the forwarding or the MX record that sends it back, and end it there.")};
    case Detail::connection:
        return {say("See that port 25 is open on the way out and that the recipient's servers answer; the queue tries "
                    "again by itself.")};
    case Detail::receiver:
        return {say("Wait: the queue tries again by itself. If it lasts, ask the receiver's postmaster.")};
    case Detail::delivered:
    case Detail::automatic: return {say("Nothing needs to be done.")};
    }
    return {};
}

} // namespace

Text summary_of(const Explanation& e) {
    const Text who = name_of(e.receiver);
    const Text domain = e.domain.empty() ? say("the sender's domain") : say("{name}", {{"name", e.domain}});
    const Text address = e.ip ? say("{address}", {{"address", e.ip->text()}}) : say("the sending server");
    if (e.detail != Detail::none) return exact_summary(e, who);
    switch (e.trouble) {
    case Trouble::no_authentication:
        return say("{who} refused the mail because neither SPF nor DKIM passed for {domain}.",
                   {{"who", who}, {"domain", domain}});
    case Trouble::spf_fail:
        return say("{who} refused the mail because the SPF record of {domain} does not list {address}.",
                   {{"who", who}, {"domain", domain}, {"address", address}});
    case Trouble::spf_record:
        return say("{who} could not use the SPF record of {domain}: it is broken or says too much.",
                   {{"who", who}, {"domain", domain}});
    case Trouble::dkim_missing:
        return say("{who} refused the mail because it carries no DKIM signature.", {{"who", who}});
    case Trouble::dkim_fail:
        return say("{who} refused the mail because no DKIM signature of it verifies.", {{"who", who}});
    case Trouble::dkim_key:
        return say("{who} found no usable public key for the DKIM signature of {domain}.",
                   {{"who", who}, {"domain", domain}});
    case Trouble::dmarc_policy:
        return say("{who} refused the mail because it fails DMARC and the policy of {domain} asks for that.",
                   {{"who", who}, {"domain", domain}});
    case Trouble::dmarc_missing:
        return say("{who} wants a DMARC record, and {domain} has none.", {{"who", who}, {"domain", domain}});
    case Trouble::alignment:
        return say("SPF or DKIM passed for another domain than that of the From address, {domain}.",
                   {{"domain", domain}});
    case Trouble::reverse_dns:
        return say("{who} refused the mail because {address} has no fitting name in DNS (PTR, HELO).",
                   {{"who", who}, {"address", address}});
    case Trouble::tls: return say("The mail was not delivered because no trustworthy TLS connection came about.");
    case Trouble::reputation:
        return say("{who} distrusts {address} or the domain because of what was sent from there before; this is not "
                   "about SPF, DKIM or DMARC.",
                   {{"who", who}, {"address", address}});
    case Trouble::blocklist:
        return say("{who} refused the mail because {address} or the domain stands on a block list; this is not about "
                   "SPF, DKIM or DMARC.",
                   {{"who", who}, {"address", address}});
    case Trouble::rate: return say("{who} limits how much it takes from you at the moment.", {{"who", who}});
    case Trouble::content:
        return say("{who} refused the mail because of what is in it; this is not about SPF, DKIM or DMARC.",
                   {{"who", who}});
    case Trouble::format:
        return say("{who} refused the mail because its form breaks the rules for mail.", {{"who", who}});
    case Trouble::recipient:
        return say("The recipient's mailbox does not exist, is full, closed, or not open to this sender.");
    case Trouble::relay:
        return say("The server does not pass this mail on: it is not responsible for the recipient, or the sender has "
                   "not logged in.");
    case Trouble::greylist:
        return say("{who} puts off mail from senders it does not know yet; a later attempt will be taken.",
                   {{"who", who}});
    case Trouble::dns: return say("A name that the delivery needs was not found in DNS.");
    case Trouble::sender_domain:
        return say("{who} refused the mail because {domain} does not exist in DNS or takes no mail.",
                   {{"who", who}, {"domain", domain}});
    case Trouble::forwarding: return say("The mail was forwarded on its way, and that broke its authentication.");
    case Trouble::other:
        if (e.confidence == Confidence::low)
            return say("What this says is not known here; nothing in it speaks of authentication.");
        return say("The mail was not delivered for a reason that has nothing to do with authentication.");
    case Trouble::none: return say("Nothing is wrong: the mail is authenticated.");
    }
    return {};
}

std::vector<Text> advice_of(const Explanation& e) {
    if (std::vector<Text> exact = exact_advice(e); !exact.empty()) return exact;
    const Text domain = e.domain.empty() ? say("the sender's domain") : say("{name}", {{"name", e.domain}});
    switch (e.trouble) {
    case Trouble::no_authentication:
        return {say("Publish an SPF record that lists the sending server, and sign with DKIM; {command} shows what is "
                    "missing in public DNS.",
                    {{"command", "bonafide check " + (e.domain.empty() ? std::string("DOMAIN") : e.domain)}})};
    case Trouble::spf_fail:
        return {say("Add the sending address to the SPF record of {domain}, or send through a server that it lists.",
                    {{"domain", domain}})};
    case Trouble::spf_record:
        return {say("Repair the SPF record of {domain}; {command} names the broken term.",
                    {{"domain", domain},
                     {"command", "bonafide check " + (e.domain.empty() ? std::string("DOMAIN") : e.domain)}})};
    case Trouble::dkim_missing:
        return {say("Turn on DKIM signing for {domain} and publish the key.", {{"domain", domain}})};
    case Trouble::dkim_fail:
        return {say("See that mail is signed, that the key in DNS is the one it is signed with, and what changes mail "
                    "after that (footers, disclaimers, gateways); {command} on a copy that arrived finds the change.",
                    {{"command", "bonafide explain MESSAGE"}})};
    case Trouble::dkim_key: return {say("Publish the public key at the selector that the signature names.")};
    case Trouble::dmarc_policy:
        return {say("Let SPF or DKIM pass with {domain} itself: list the server in its SPF record with a return path "
                    "in that domain, or sign with it.",
                    {{"domain", domain}})};
    case Trouble::dmarc_missing:
        return {say("Publish {record} at {name}.",
                    {{"record", "v=DMARC1; p=none; rua=mailto:dmarc-reports@" +
                                    (e.domain.empty() ? std::string("DOMAIN") : e.domain)},
                     {"name", "_dmarc." + (e.domain.empty() ? std::string("DOMAIN") : e.domain)}})};
    case Trouble::alignment:
        return {say("Have the service that sends sign with {domain}, or use a return path below it.",
                    {{"domain", domain}})};
    case Trouble::reverse_dns:
        return {say("Have the provider of the address set a PTR record to the server's name, give that name the same "
                    "address, and use it in HELO.")};
    case Trouble::tls:
        return {say("See that the server offers STARTTLS with a certificate that is valid for its name, and that DANE "
                    "and MTA-STS say the same.")};
    case Trouble::reputation:
        return {say("Find and stop what sends unwanted mail from there, send less for a while, and ask the receiver's "
                    "postmaster page for help.")};
    case Trouble::blocklist:
        return {say("Look the address up at the block list that the reply names, end the cause, and ask there to be "
                    "taken off.")};
    case Trouble::rate:
        return {say("Send more slowly over fewer connections; the mail in the queue goes out later by itself.")};
    case Trouble::content:
        return {say("Look at links, attachments and wording; send the mail without them to see what it is.")};
    case Trouble::format:
        return {say("Correct the program that makes the mail: one From, a Date, a Message-ID, lines ended by CRLF and "
                    "at most 998 characters long.")};
    case Trouble::recipient: return {say("Check the address with the recipient by another way.")};
    case Trouble::relay:
        return {say("Log in before sending, or correct where mail for the recipient's domain is to go.")};
    case Trouble::greylist: return {say("Do nothing: the queue tries again.")};
    case Trouble::dns: return {say("Check the spelling of the domain, and that the server's resolver works.")};
    case Trouble::sender_domain:
        return {say("Use a sender address in a domain that exists and has an MX or address record.")};
    case Trouble::forwarding:
        return {say("Have the forwarder rewrite the return path (SRS) and leave the message as it is, or seal it with "
                    "ARC; sign your own mail with DKIM, which survives forwarding.")};
    case Trouble::other: return {say("Read the words of the reply; the records of your domain need no change.")};
    case Trouble::none: return {};
    }
    return {};
}

} // namespace bonafide::doctor
