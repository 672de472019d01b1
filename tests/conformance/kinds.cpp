#include "conformance/kinds.hpp"

#include <algorithm>
#include <array>

namespace bonafide::conformance {
namespace {

constexpr std::array all{
    Kind{"spf", run_spf},
    Kind{"dkim", run_dkim},
    Kind{"arc", run_arc},
    Kind{"arc-sign", run_arc_sign},
    Kind{"dmarc", run_dmarc},
    Kind{"dmarc-extreport", run_dmarc_extreport},
    Kind{"e2e", run_e2e},
    Kind{"milter", run_milter},
    Kind{"ar", run_ar},
    Kind{"ar-merge", run_ar_merge},
    Kind{"from-domain", run_from_domain},
    Kind{"psl", run_psl},
    Kind{"report", nullptr},
};

} // namespace

std::span<const Kind> kinds() { return all; }

const Kind* find_kind(std::string_view name) {
    const auto* const found = std::find_if(all.begin(), all.end(), [&](const Kind& kind) { return kind.name == name; });
    return found == all.end() ? nullptr : found;
}

dmarc::Discovery discovery_of(const Case& test) {
    return Case::text(test.data, "spec") == "rfc9989" ? dmarc::Discovery::treewalk : dmarc::Discovery::psl;
}

} // namespace bonafide::conformance
