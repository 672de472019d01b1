#include "spf/received_spf.hpp"

#include "base/escape.hpp"
#include "mail/folded_text.hpp"
#include "mail/lexer.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::spf {
namespace {

/// dot-atom / quoted-string (RFC 7208 9.1), of printable ASCII: no invalid characters, not too long, nothing malicious the sender
/// provided. An IPv6 address holds ":", hence is quoted.
std::string word(std::string_view value) {
    std::string text = escape::shortened(value);
    std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
    return mail::is_dot_atom(text) ? text : mail::quote(text);
}

std::string sender(const Outcome& outcome, const Request& request) {
    return outcome.identity == Identity::helo || request.mail_from.empty() ? "postmaster@" + request.helo
                                                                           : request.mail_from;
}

/// What the result means for this client, as RFC 7208 2.6 has it.
std::string meaning(const Outcome& outcome, const std::string& client) {
    const std::string& domain = outcome.domain;
    switch (outcome.result) {
    case Result::pass: return fmt::format("{} may send for {}", client, domain);
    case Result::fail: return fmt::format("{} may not send for {}", client, domain);
    case Result::softfail: return fmt::format("{} probably may not send for {}", client, domain);
    case Result::neutral: return fmt::format("{} says nothing about {}", domain, client);
    case Result::none: return fmt::format("no SPF record for {}", domain.empty() ? std::string("the sender") : domain);
    case Result::temperror: return fmt::format("DNS failed for {}", domain);
    case Result::permerror: return fmt::format("the SPF record of {} is faulty", domain);
    }
    return {};
}

/// RFC 7208 9.1: what matched, or "default" where no mechanism of the record did (4.7).
std::string mechanism(const Outcome& outcome) {
    if (outcome.result == Result::temperror || outcome.result == Result::permerror) return {};
    return outcome.result == Result::neutral && outcome.mechanism.empty() ? "default" : outcome.mechanism;
}

} // namespace

std::string received_spf(const Outcome& outcome, const Request& request, std::string_view host) {
    const std::string client = request.client.text();
    const bool error = outcome.result == Result::temperror || outcome.result == Result::permerror;
    const std::array<std::pair<std::string_view, std::string>, 7> pairs{{
        {"client-ip", client},
        {"envelope-from", outcome.identity == Identity::helo ? std::string() : sender(outcome, request)},
        {"helo", request.helo},
        {"receiver", std::string(host)},
        {"identity", std::string(to_text(outcome.identity))},
        {"mechanism", mechanism(outcome)},
        {"problem", error ? outcome.cause.text : std::string()},
    }};
    mail::FoldedText text(std::string_view("Received-SPF: ").size());
    text.add_word(to_text(outcome.result));
    text.add_word(fmt::format("({})", escape::header_comment(fmt::format("{}: {}", host, meaning(outcome, client)))));
    bool first = true;
    for (const auto& [key, value] : pairs) {
        if (value.empty()) continue;
        if (!first) text.append(";");
        text.add_word(fmt::format("{}={}", key, word(value)));
        first = false;
    }
    return text.take();
}

} // namespace bonafide::spf
