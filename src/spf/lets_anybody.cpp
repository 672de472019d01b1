#include "spf/lets_anybody.hpp"

#include "base/ascii.hpp"

namespace bonafide::spf {
namespace {

bool is_too_wide(std::string_view term) {
    constexpr std::uint64_t widest_v4 = 8, widest_v6 = 16;
    if (term.starts_with('+')) term.remove_prefix(1);
    if (ascii::iequals(term, "all")) return true; // RFC 7208 4.6.1: names in any case
    const std::size_t slash = term.rfind('/');
    if (slash == std::string_view::npos) return false;
    const auto length = ascii::parse_decimal(term.substr(slash + 1));
    const bool is_v6 = ascii::iequals(term.substr(0, 4), "ip6:") || (slash > 0 && term[slash - 1] == '/');
    return length && *length < (is_v6 ? widest_v6 : widest_v4);
}

} // namespace

bool lets_anybody(const Outcome& outcome) {
    return outcome.result == Result::pass && (is_too_wide(outcome.mechanism) || is_too_wide(outcome.cause.term));
}

} // namespace bonafide::spf
