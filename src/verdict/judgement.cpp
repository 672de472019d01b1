#include "verdict/judgement.hpp"

#include <fmt/format.h>

namespace bonafide::verdict {

std::string_view to_text(Compauth result) {
    switch (result) {
    case Compauth::none: return "none";
    case Compauth::pass: return "pass";
    case Compauth::softpass: return "softpass";
    case Compauth::fail: return "fail";
    }
    return "none";
}

std::string_view to_text(Suggestion suggestion) {
    switch (suggestion) {
    case Suggestion::deliver: return "deliver";
    case Suggestion::mark: return "mark";
    case Suggestion::junk: return "junk";
    case Suggestion::quarantine: return "quarantine";
    case Suggestion::reject: return "reject";
    }
    return "deliver";
}

const std::vector<Reason>& reasons() {
    using enum Compauth;
    static const std::vector<Reason> all{
        {0, fail, "DMARC fails, and the owner asks for quarantine or reject"},
        {1, fail, "nothing vouches for the author, explicitly or implicitly"},
        {2, fail, "an administrator blocks this author from this infrastructure"},
        {10, fail, "DMARC fails under quarantine or reject for a domain of the recipient's own organization"},
        {100, pass, "DMARC passes by SPF and by DKIM"},
        {101, pass, "DMARC passes by DKIM alone"},
        {102, pass, "DMARC passes by SPF alone"},
        {103, pass, "the client's confirmed name is the author's domain or lies below it"},
        {104, pass, "the author's domain lies below the client's confirmed name"},
        {108, pass, "a host of our own broke the signature after DMARC had passed there"},
        {109, pass, "there is no DMARC policy, and with one the mail would pass (best guess)"},
        {111, pass, "DMARC ended in an error, but SPF or DKIM of the author's organization passes"},
        {112, pass, "the DMARC policy could not be looked up, and other signals vouch"},
        {112, none, "the DMARC policy could not be looked up, and nothing vouches, or weak signals alone"},
        {115, pass, "our own gateway took the mail from an authenticated user of a domain of ours"},
        {116, pass, "a mail host of the author's and the client are of one organization"},
        {130, pass, "a trusted ARC sealer saw DMARC pass"},
        {201, softpass, "a host of the author's is in the client's network"},
        {202, softpass, "author and client are of one organization"},
        {300, none, "not judged: the mail is not inbound"},
        {305, none, "not judged: the checks are incomplete"},
        {400, none, "passed over: an administrator listed the client's network"},
        {501, pass, "a bounce from a party that mail was exchanged with"},
        {502, pass, "a bounce of a message that was really sent from here"},
        {601, fail, "nothing vouches for an author of the recipient's own organization"},
        {701, pass, "this infrastructure has long sent good mail of this author"},
        {702, pass, "recipients have written to this author"},
        {703, pass, "this infrastructure sends much good mail here"},
        {704, pass, "people called such mail wanted"},
        {905, none, "passed over: the mail came through relays that hide its client"},
    };
    return all;
}

bool is_proven(unsigned reason) {
    switch (reason) {
    case 100:
    case 101:
    case 102:
    case 108:
    case 109:
    case 111:
    case 115:
    case 130: return true;
    default: return false;
    }
}

std::string reason_text(unsigned code) { return fmt::format("{:03}", code); }

} // namespace bonafide::verdict
