#include "spf/cause.hpp"

#include "base/escape.hpp"

#include <fmt/format.h>

namespace bonafide::spf::cause {
namespace {

std::string shown(std::string_view text) { return escape::line(text); }

Cause make(Code code, std::string_view term, std::string_view domain, std::string_view section, std::string text) {
    return {code, std::string(term), std::string(domain), 0, section, std::move(text)};
}

std::string_view section_of(Mechanism mechanism) {
    switch (mechanism) {
    case Mechanism::all: return "RFC 7208 5.1";
    case Mechanism::include: return "RFC 7208 5.2";
    case Mechanism::a: return "RFC 7208 5.3";
    case Mechanism::mx: return "RFC 7208 5.4";
    case Mechanism::ptr: return "RFC 7208 5.5";
    case Mechanism::ip4:
    case Mechanism::ip6: return "RFC 7208 5.6";
    case Mechanism::exists: return "RFC 7208 5.7";
    }
    return "RFC 7208 5";
}

} // namespace

// Plain appending here: this one is made for nearly every message.
Cause matched(const ip::Address& client, const Hit& hit) {
    const std::string_view term = hit.term(); // visible ASCII, or the record would not have been read
    const std::string& domain = hit.place.domain;
    Cause cause = make(Code::matched, term, domain, section_of(hit.directive->mechanism), {});
    cause.text.reserve(80 + term.size() + domain.size());
    cause.text += client.text();
    cause.text += " matches \"";
    cause.text += term;
    cause.text += "\" in the SPF record of ";
    cause.text += domain;
    return cause;
}

Cause no_match(const ip::Address& client, std::string_view domain) {
    return make(Code::no_match, "", domain, "RFC 7208 4.7",
                fmt::format("no term of the SPF record of {} matches {}, and no \"all\" ends it", shown(domain),
                            client.text()));
}

Cause no_record(std::string_view domain) {
    return make(Code::no_record, "", domain, "RFC 7208 4.5", fmt::format("{} has no SPF record", shown(domain)));
}

Cause no_domain(std::string_view domain) {
    return make(Code::no_domain, "", domain, "RFC 7208 4.3",
                fmt::format("the domain {} does not exist", shown(domain)));
}

Cause bad_domain(std::string_view domain) {
    return make(Code::bad_domain, "", domain, "RFC 7208 4.3",
                domain.empty() ? std::string("there is no domain name to check")
                               : fmt::format("\"{}\" is no domain name of at least two labels", shown(domain)));
}

Cause several_records(std::string_view domain, std::size_t found) {
    return make(Code::several_records, "", domain, "RFC 7208 4.5",
                fmt::format("{} has {} SPF records where only one may stand", shown(domain), found));
}

Cause record_too_long(std::string_view domain, std::size_t bytes, std::size_t most) {
    return make(Code::record_too_long, "", domain, "limit spf_record_bytes",
                fmt::format("the SPF record of {} is {} bytes long, more than {}", shown(domain), bytes, most));
}

Cause syntax(std::string_view domain, std::string_view record, const Error& error) {
    const std::string term = shown(term_at(record, error.position));
    Cause cause = make(Code::syntax, term, domain, "RFC 7208 4.6",
                       fmt::format("the SPF record of {} has an error at byte {}, in \"{}\": {} ({})", shown(domain),
                                   error.position, term, error.text, error.section));
    cause.position = error.position;
    return cause;
}

Cause too_many_lookups(std::string_view term, std::string_view domain, std::uint32_t most) {
    return make(
        Code::too_many_lookups, term, domain, "RFC 7208 4.6.4",
        fmt::format("more than {} terms need DNS look-ups; \"{}\" in the SPF record of {} is the first too many", most,
                    shown(term), shown(domain)));
}

Cause too_many_void_lookups(std::string_view term, std::string_view domain, std::uint32_t most) {
    return make(
        Code::too_many_void_lookups, term, domain, "RFC 7208 4.6.4",
        fmt::format(
            "more than {} terms look up names without records; \"{}\" in the SPF record of {} is the first too many",
            most, shown(term), shown(domain)));
}

Cause too_many_mx(std::string_view term, std::string_view domain, std::size_t found, std::uint32_t most) {
    return make(Code::too_many_mx, term, domain, "RFC 7208 4.6.4",
                fmt::format("\"{}\" in the SPF record of {} leads to {} mail exchangers, more than {}", shown(term),
                            shown(domain), found, most));
}

Cause include_no_record(std::string_view term, std::string_view domain, const Cause& inner) {
    return make(
        Code::include_no_record, term, domain, "RFC 7208 5.2",
        fmt::format("\"{}\" in the SPF record of {} includes nothing: {}", shown(term), shown(domain), inner.text));
}

Cause redirect_no_record(std::string_view term, std::string_view domain, const Cause& inner) {
    return make(
        Code::redirect_no_record, term, domain, "RFC 7208 6.1",
        fmt::format("\"{}\" in the SPF record of {} leads nowhere: {}", shown(term), shown(domain), inner.text));
}

Cause dns_error(std::string_view term, std::string_view domain, std::string_view name, dns::Type type,
                dns::Status status) {
    std::string text =
        fmt::format("the DNS look-up of {} {} failed ({})", dns::to_text(type), shown(name), dns::to_text(status));
    if (!term.empty()) text += fmt::format(", needed for \"{}\" in the SPF record of {}", shown(term), shown(domain));
    return make(Code::dns_error, term, domain, "RFC 7208 2.6.6", std::move(text));
}

Cause time_out(std::string_view domain) {
    return make(Code::time_out, "", domain, "RFC 7208 4.6.4",
                fmt::format("evaluating SPF for {} took too long", domain.empty() ? "the sender" : shown(domain)));
}

} // namespace bonafide::spf::cause
