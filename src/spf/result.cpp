// Names of results, identities and codes.
#include "base/ascii.hpp"
#include "spf/spf.hpp"

#include <algorithm>
#include <array>

namespace bonafide::spf {
namespace {

constexpr std::array<std::string_view, 7> results{"none",     "neutral",   "pass",     "fail",
                                                  "softfail", "temperror", "permerror"};

} // namespace

std::string_view to_text(Result result) { return results[static_cast<std::size_t>(result)]; }

std::optional<Result> parse_result(std::string_view text) {
    const auto found =
        std::find_if(results.begin(), results.end(), [&](std::string_view name) { return ascii::iequals(name, text); });
    if (found == results.end()) return {};
    return static_cast<Result>(found - results.begin());
}

std::string_view to_text(Identity identity) { return identity == Identity::helo ? "helo" : "mailfrom"; }

std::string_view to_text(Code code) {
    switch (code) {
    case Code::matched: return "matched";
    case Code::no_match: return "no-match";
    case Code::no_record: return "no-record";
    case Code::no_domain: return "no-domain";
    case Code::bad_domain: return "bad-domain";
    case Code::several_records: return "several-records";
    case Code::syntax: return "syntax";
    case Code::too_many_lookups: return "too-many-lookups";
    case Code::too_many_void_lookups: return "too-many-void-lookups";
    case Code::too_many_mx: return "too-many-mx";
    case Code::include_no_record: return "include-no-record";
    case Code::redirect_no_record: return "redirect-no-record";
    case Code::record_too_long: return "record-too-long";
    case Code::dns_error: return "dns-error";
    case Code::time_out: return "time-out";
    }
    return "";
}

} // namespace bonafide::spf
