#include "io/unbound_answer.hpp"

#include "base/ascii.hpp"
#include "base/ip.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <unbound.h>
#include <utility>

namespace bonafide::io {
namespace {

constexpr int rcode_no_error = 0, rcode_nx_domain = 3, rcode_refused = 5; // RFC 1035 4.1.1
constexpr std::size_t header_bytes = 12;

std::uint8_t byte_at(std::string_view text, std::size_t i) { return static_cast<std::uint8_t>(text[i]); }
std::uint16_t u16_at(std::string_view text, std::size_t i) {
    return static_cast<std::uint16_t>(byte_at(text, i) << 8 | byte_at(text, i + 1));
}

/// The position behind the possibly compressed name at `at`, or npos.
std::size_t skip_name(std::string_view message, std::size_t at) {
    while (at < message.size()) {
        const std::uint8_t length = byte_at(message, at);
        if (length == 0) return at + 1;
        if ((length & 0xc0) == 0xc0) return at + 2; // RFC 1035 4.1.4
        at += 1U + length;
    }
    return std::string_view::npos;
}

dns::Status status_of(const ub_result& result) {
    if (result.bogus != 0) return dns::Status::bogus;
    switch (result.rcode) {
    case rcode_no_error: return result.havedata != 0 ? dns::Status::ok : dns::Status::no_data;
    case rcode_nx_domain: return dns::Status::nx_domain;
    case rcode_refused: return dns::Status::refused;
    default: return dns::Status::serv_fail;
    }
}

template<std::size_t N> std::optional<std::array<std::uint8_t, N>> read_bytes(std::string_view data) {
    if (data.size() != N) return {};
    std::array<std::uint8_t, N> bytes{};
    std::copy(data.begin(), data.end(), bytes.begin());
    return bytes;
}

/// Appends one record's data to the member its type belongs in; false when it cannot be read.
[[nodiscard]] bool append(dns::AnswerData& answer, dns::Type type, std::string_view data) {
    switch (type) {
    case dns::Type::a:
        if (const auto bytes = read_bytes<4>(data))
            return answer.addresses.push_back(ip::Address::from_v4(*bytes)), true;
        return false;
    case dns::Type::aaaa:
        if (const auto bytes = read_bytes<16>(data))
            return answer.addresses.push_back(ip::Address::from_v6_unmapped(*bytes)), true;
        return false;
    case dns::Type::txt:
    case dns::Type::spf:
        if (auto text = read_character_strings(data)) return answer.txt.push_back(std::move(*text)), true;
        return false;
    case dns::Type::mx:
        if (data.size() < 3) return false;
        if (auto host = read_wire_name(data.substr(2)))
            return answer.mx.push_back({u16_at(data, 0), std::move(*host)}), true;
        return false;
    case dns::Type::ptr:
    case dns::Type::ns:
    case dns::Type::cname:
        if (auto name = read_wire_name(data)) return answer.names.push_back(std::move(*name)), true;
        return false;
    case dns::Type::soa: return true; // that it is there is all a core asks
    }
    return false;
}

/// Reads the records into `answer`; serv_fail when there were some and none could be read.
void read_records(dns::AnswerData& answer, const ub_result& result, dns::Type type, const Limits& limits) {
    const bool is_text = type == dns::Type::txt || type == dns::Type::spf;
    std::size_t taken = 0;
    for (std::size_t i = 0; result.data[i] != nullptr; ++i) {
        if (is_text && taken == limits.dns_txt_records) break;
        if (append(answer, type, {result.data[i], static_cast<std::size_t>(result.len[i])})) ++taken;
    }
    if (taken == 0) answer.status = dns::Status::serv_fail;
}

} // namespace

std::string presentation_name(std::string_view name) {
    std::string text;
    text.reserve(name.size() + 1);
    for (const char c : name) {
        if (c == '.' || c == '-' || c == '_' || ascii::is_alnum(c)) {
            text += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        text += '\\';
        text += static_cast<char>('0' + byte / 100);
        text += static_cast<char>('0' + byte / 10 % 10);
        text += static_cast<char>('0' + byte % 10);
    }
    if (!text.ends_with('.')) text += '.';
    return text;
}

std::optional<std::string> read_wire_name(std::string_view wire) {
    constexpr std::size_t most_wire_bytes = 255; // RFC 1035 2.3.4
    std::string name;
    for (std::size_t at = 0; at < std::min(wire.size(), most_wire_bytes);) {
        const std::size_t length = byte_at(wire, at++);
        if (length == 0) return name;
        if (length > 63 || wire.size() - at < length) return {};
        const std::string_view label = wire.substr(at, length);
        if (label.contains('.')) return {};
        if (!name.empty()) name += '.';
        for (const char c : label) name += ascii::to_lower(c);
        at += length;
    }
    return {};
}

std::optional<std::string> read_character_strings(std::string_view data) {
    if (data.empty()) return {}; // RFC 1035 3.3.14: one or more
    std::string text;
    text.reserve(data.size());
    while (!data.empty()) {
        const std::size_t length = byte_at(data, 0);
        if (data.size() - 1 < length) return {};
        text += data.substr(1, length); // RFC 7208 3.3, RFC 6376 3.6.2.2, RFC 9989 4.5: nothing between them
        data.remove_prefix(1 + length);
    }
    return text;
}

bool holds_cname(std::string_view message) {
    if (message.size() < header_bytes) return false;
    std::size_t at = header_bytes;
    for (unsigned questions = u16_at(message, 4); questions > 0; --questions) {
        at = skip_name(message, at);
        if (at == std::string_view::npos) return false;
        at += 4;
    }
    for (unsigned records = u16_at(message, 6); records > 0;
         --records) { // each takes 11 bytes at least: bounded by the message
        at = skip_name(message, at);
        if (at == std::string_view::npos || at + 10 > message.size()) return false;
        if (u16_at(message, at) == static_cast<std::uint16_t>(dns::Type::cname)) return true;
        at += 10U + u16_at(message, at + 8);
    }
    return false;
}

dns::Answer read_answer(const ub_result& result, dns::Type type, dns::Dnssec unsigned_state, const Limits& limits) {
    auto answer = std::make_shared<dns::AnswerData>();
    const auto size = static_cast<std::size_t>(std::max(result.answer_len, 0));
    if (size > limits.dns_answer_bytes) return answer; // serv_fail
    answer->status = status_of(result);
    answer->dnssec = result.bogus != 0 ? dns::Dnssec::bogus : result.secure != 0 ? dns::Dnssec::secure : unsigned_state;
    if (answer->temporary()) return answer;
    answer->ttl = static_cast<std::uint32_t>(std::max(result.ttl, 0)); // RFC 2181 8: the topmost bit set means zero
    answer->aliased = type != dns::Type::cname && holds_cname({static_cast<const char*>(result.answer_packet), size});
    if (answer->found()) read_records(*answer, result, type, limits);
    return answer;
}

ProbeOutcome read_probe(const ub_result* result) {
    if (result == nullptr) return ProbeOutcome::silent;
    if (result->secure != 0) return ProbeOutcome::secure;
    if (result->bogus != 0) return ProbeOutcome::stripped;
    return result->rcode == rcode_no_error || result->rcode == rcode_nx_domain ? ProbeOutcome::stripped
                                                                               : ProbeOutcome::silent;
}

} // namespace bonafide::io
