#include "verdict/facts.hpp"

#include <algorithm>

namespace bonafide::verdict {

std::string_view to_text(Direction direction) {
    switch (direction) {
    case Direction::inbound: return "inbound";
    case Direction::submitted: return "submitted";
    case Direction::internal: return "internal";
    case Direction::local: return "local";
    }
    return "unknown";
}

bool supports_dmarc(const dkim::SignatureResult& signature, const DkimSupport& support) {
    return signature.result == dkim::Result::pass && (!signature.testing || support.testing) &&
           (signature.unsigned_bytes == 0 || support.partial_body);
}

bool is_unchecked(const Facts& facts, std::string_view what) {
    return std::ranges::find(facts.unchecked, what) != facts.unchecked.end();
}

bool is_unverified(const Facts& facts) { return is_unchecked(facts, "internal") || is_unchecked(facts, "overload"); }

} // namespace bonafide::verdict
