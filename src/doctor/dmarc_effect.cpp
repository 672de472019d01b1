#include "doctor/dmarc_effect.hpp"

#include "base/ascii.hpp"
#include "doctor/tags.hpp"

namespace bonafide::doctor {
namespace {

std::optional<unsigned> percent_of(std::string_view text) {
    const std::vector<LooseTag> tags = read_loose_tags(text);
    const LooseTag* const share = find_tag(tags, "pct");
    if (share == nullptr) return {};
    const auto number = ascii::parse_decimal(share->value);
    return number && *number <= 100 ? std::optional(static_cast<unsigned>(*number)) : std::nullopt;
}

} // namespace

std::optional<DmarcEffect> dmarc_effect(const dmarc::Discovered& found) {
    if (!found.record || found.unusable) return {};
    const dmarc::Record& record = *found.record;
    DmarcEffect effect{.policy = record.p,
                       .testing = record.testing,
                       .percent = percent_of(record.text),
                       .holder = found.policy_domain};
    if (found.policy_domain == found.author_domain) return effect;
    const bool knows_np = found.discovery == dmarc::Discovery::treewalk; // RFC 7489 has no np
    if (knows_np && found.author_exists == std::optional(false) && record.np) {
        effect.policy = *record.np;
        effect.tag = "np";
    } else if (record.sp) {
        effect.policy = *record.sp;
        effect.tag = "sp";
    }
    return effect;
}

} // namespace bonafide::doctor
