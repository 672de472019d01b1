#include "verdict/dnssec.hpp"

namespace bonafide::verdict {
namespace {

bool is_of(std::string_view why, Method method) {
    switch (method) {
    case Method::spf: return why.starts_with("SPF") && why != "SPF explanation";
    case Method::dmarc: return why.starts_with("DMARC");
    case Method::iprev: return why.ends_with("(iprev)");
    }
    return false;
}

} // namespace

std::optional<dns::Dnssec> dnssec_of(const dns::Transcript& transcript, Method method) {
    std::optional<dns::Dnssec> weakest;
    for (const dns::Exchange& exchange : transcript.exchanges()) {
        if (!is_of(exchange.why, method)) continue;
        weakest = weakest ? dns::weaker(*weakest, exchange.answer->dnssec) : exchange.answer->dnssec;
    }
    return weakest;
}

} // namespace bonafide::verdict
