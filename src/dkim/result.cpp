// The one table that maps causes to results (standards: RFC 8601 2.7.1 for the words, RFC 6376 6.1 for the causes).
// Where RFC 6376 says PERMFAIL, the RFC 8601 word is fail for a failed comparison, neutral for a signature we cannot read or do not know,
// permerror for everything that repeating would not cure.
#include "dkim/result.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace bonafide::dkim {
namespace {

struct Row {
    Code code;
    Result result;
    std::string_view text;
};

constexpr std::array rows{
    Row{Code::ok, Result::pass, "ok"},
    Row{Code::bad_syntax, Result::neutral, "bad-syntax"},
    Row{Code::missing_tag, Result::permerror, "missing-tag"},
    Row{Code::bad_version, Result::permerror, "bad-version"},
    Row{Code::unknown_algorithm, Result::neutral, "unknown-algorithm"},
    Row{Code::weak_algorithm, Result::permerror, "weak-algorithm"},
    Row{Code::unknown_canonicalization, Result::neutral, "unknown-canonicalization"},
    Row{Code::from_not_signed, Result::permerror, "from-not-signed"},
    Row{Code::bad_domain, Result::permerror, "bad-domain"},
    Row{Code::bad_identity, Result::permerror, "bad-identity"},
    Row{Code::bad_query_method, Result::permerror, "bad-query-method"},
    Row{Code::bad_times, Result::permerror, "bad-times"},
    Row{Code::expired, Result::permerror, "expired"},
    Row{Code::from_future, Result::neutral, "from-future"},
    Row{Code::beyond_limit, Result::policy, "beyond-limit"},
    Row{Code::too_many_signatures, Result::policy, "too-many-signatures"},
    Row{Code::header_incomplete, Result::policy, "header-incomplete"},
    Row{Code::key_unavailable, Result::temperror, "key-unavailable"},
    Row{Code::no_key, Result::permerror, "no-key"},
    Row{Code::bad_key, Result::permerror, "bad-key"},
    Row{Code::key_revoked, Result::permerror, "key-revoked"},
    Row{Code::key_wrong_type, Result::permerror, "key-wrong-type"},
    Row{Code::key_wrong_hash, Result::permerror, "key-wrong-hash"},
    Row{Code::key_wrong_service, Result::permerror, "key-wrong-service"},
    Row{Code::key_too_small, Result::permerror, "key-too-small"},
    Row{Code::key_too_large, Result::permerror, "key-too-large"},
    Row{Code::body_hash_mismatch, Result::fail, "body-hash-mismatch"},
    Row{Code::body_too_short, Result::permerror, "body-too-short"},
    Row{Code::bad_signature, Result::fail, "bad-signature"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (static_cast<std::size_t>(rows[i].code) != i) return false;
    return rows.size() == static_cast<std::size_t>(Code::bad_signature) + 1;
}
static_assert(in_order(), "a row for each Code, in the order of the enumeration");

constexpr std::array<std::string_view, 7> names{"none", "pass", "fail", "policy", "neutral", "temperror", "permerror"};

} // namespace

Result result_of(Code code) { return rows[static_cast<std::size_t>(code)].result; }

std::string_view to_text(Code code) { return rows[static_cast<std::size_t>(code)].text; }

std::string_view to_text(Result result) { return names[static_cast<std::size_t>(result)]; }

std::optional<Result> parse_result(std::string_view text) {
    const auto name = std::ranges::find_if(names, [&](std::string_view n) { return ascii::iequals(n, text); });
    if (name == names.end()) return {};
    return static_cast<Result>(name - names.begin());
}

} // namespace bonafide::dkim
