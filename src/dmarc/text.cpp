// The words of DMARC's enumerators, as the RFCs spell them.
#include "base/ascii.hpp"
#include "dmarc/dmarc.hpp"

namespace bonafide::dmarc {

std::string_view to_text(Result result) {
    switch (result) {
    case Result::none: return "none";
    case Result::pass: return "pass";
    case Result::fail: return "fail";
    case Result::temperror: return "temperror";
    case Result::permerror: return "permerror";
    }
    return "unknown";
}

std::string_view to_text(Policy policy) {
    switch (policy) {
    case Policy::none: return "none";
    case Policy::quarantine: return "quarantine";
    case Policy::reject: return "reject";
    }
    return "unknown";
}

std::string_view to_text(Discovery discovery) { return discovery == Discovery::psl ? "psl" : "treewalk"; }

std::string_view to_text(Code code) {
    switch (code) {
    case Code::aligned: return "aligned";
    case Code::not_aligned: return "not-aligned";
    case Code::no_record: return "no-record";
    case Code::unusable_record: return "unusable-record";
    case Code::no_author: return "no-author";
    case Code::dns_error: return "dns-error";
    case Code::identifier_error: return "identifier-error";
    }
    return "unknown";
}

std::optional<Policy> parse_policy(std::string_view text) {
    for (const Policy policy : {Policy::none, Policy::quarantine, Policy::reject})
        if (ascii::iequals(text, to_text(policy))) return policy;
    return {};
}

std::optional<Discovery> parse_discovery(std::string_view text) {
    for (const Discovery discovery : {Discovery::treewalk, Discovery::psl})
        if (ascii::iequals(text, to_text(discovery))) return discovery;
    return {};
}

} // namespace bonafide::dmarc
