// SPF (RFC 7208, 8616): check_host() as a flow of questions, with every reason kept.
#pragma once

#include "base/ip.hpp"
#include "base/limits.hpp"
#include "dns/flow.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bonafide::spf {

/// RFC 7208 2.6.
enum class Result : std::uint8_t { none, neutral, pass, fail, softfail, temperror, permerror };
[[nodiscard]] std::string_view to_text(Result result);
[[nodiscard]] std::optional<Result> parse_result(std::string_view text);

/// Which identity was checked (RFC 7208 2.3, 2.4).
enum class Identity : std::uint8_t { mail_from, helo };
[[nodiscard]] std::string_view to_text(Identity identity); ///< "mailfrom" or "helo", as RFC 7208 9.1 spells them

/// Why a result is what it is; the doctor and the explainer build on it.
enum class Code : std::uint8_t {
    matched,               ///< a mechanism matched; Cause::term is it
    no_match,              ///< the record ended without a match and without redirect: neutral (RFC 7208 4.7)
    no_record,             ///< no SPF record at the domain (4.5)
    no_domain,             ///< NXDOMAIN at the first look-up (4.3)
    bad_domain,            ///< identity is no multi-label domain name (4.3)
    several_records,       ///< 4.5
    syntax,                ///< 4.6; position and term given
    too_many_lookups,      ///< 4.6.4
    too_many_void_lookups, ///< 4.6.4
    too_many_mx,           ///< 4.6.4
    include_no_record,     ///< 5.2: include target none
    redirect_no_record,    ///< 6.1
    record_too_long,       ///< our limit
    dns_error,             ///< temperror; name and status given (2.6.6)
    time_out,              ///< the whole evaluation took too long (4.6.4); set by the driver
};
[[nodiscard]] std::string_view to_text(Code code); ///< "matched", "no-record", ...

struct Cause {
    Code code = Code::no_record;
    std::string term;   ///< the mechanism or modifier as written, e.g. "include:_spf.example.com"; escaped for syntax
    std::string domain; ///< whose record it stands in
    std::size_t position = 0; ///< byte offset in that record, for syntax
    std::string_view section; ///< "RFC 7208 5.2"
    std::string text;         ///< one plain sentence, escaped
};

/// Whether the domain's own text for a fail is looked up (exp=, RFC 7208 6.2).
enum class Explain : std::uint8_t { yes, no };

struct Request {
    ip::Address client;
    std::string helo;      ///< as given in EHLO/HELO
    std::string mail_from; ///< reverse-path without brackets; empty for <>: then postmaster@helo is checked (2.4)
    std::string receiver;  ///< %{r}; our host name, "unknown" when empty
    std::int64_t now = 0;  ///< Unix time for %{t}
    Limits limits;
    Explain explain = Explain::yes;
};

struct Outcome {
    Result result = Result::none;
    Identity identity = Identity::mail_from;
    std::string domain; ///< the domain checked: of MAIL FROM or HELO, normalized
    std::string
        mechanism; ///< the term of the topmost record that decided, e.g. "-all", "include:x", "redirect=x"; empty when none matched ("default" is neutral)
    std::string explanation; ///< expanded exp text for fail (untrusted; escape before use); empty when there is none
    std::string
        record; ///< the topmost record's text, when there is exactly one (untrusted: any bytes when it has a syntax error)
    Cause cause;               ///< of the record that decided, which may be an included one: cause.domain says which
    std::uint32_t lookups = 0; ///< terms that needed DNS (4.6.4), the one beyond the limit included
    std::uint32_t void_lookups =
        0; ///< of these, those whose own question found nothing; what counts: spf/mechanism.cpp
};

/// check_host() for the MAIL FROM identity, or for HELO when MAIL FROM is empty.
[[nodiscard]] dns::Flow<Outcome> check(Request request);

/// check_host() for the HELO identity whatever MAIL FROM is.
[[nodiscard]] dns::Flow<Outcome> check_helo(Request request);

/// What check() amounts to when the driver gives up waiting for DNS: temperror (RFC 7208 4.6.4). Allow it at least 20 seconds.
[[nodiscard]] Outcome timed_out(const Request& request);

} // namespace bonafide::spf
