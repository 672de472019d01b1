#include "dns/transcript.hpp"

#include "base/escape.hpp"

#include <fmt/format.h>

namespace bonafide::dns {
namespace {

constexpr std::size_t most_records = 16; // of one line

/// Quoted, so that no text can look like two.
std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : escape::line(text)) {
        if (c == '"') result += '\\';
        result += c;
    }
    return result + '"';
}

std::vector<std::string> record_texts(const AnswerData& answer) {
    std::vector<std::string> texts;
    for (const auto& text : answer.txt) texts.push_back(quoted(text));
    for (const auto& address : answer.addresses) texts.push_back(address.text());
    for (const auto& mx : answer.mx)
        texts.push_back(fmt::format("{} {}", mx.preference, mx.host.empty() ? "." : escape::line(mx.host)));
    for (const auto& name : answer.names) texts.push_back(escape::line(name));
    return texts;
}

} // namespace

std::string to_line(const Exchange& exchange) {
    const AnswerData& answer = *exchange.answer;
    std::string line = fmt::format("{} {} ({}): {}, ttl {}, {}", to_text(exchange.type), escape::line(exchange.name),
                                   exchange.why, to_text(answer.status), answer.ttl, to_text(answer.dnssec));
    if (answer.aliased && exchange.type != Type::cname) line += ", CNAME followed";
    const std::vector<std::string> texts = record_texts(answer);
    for (std::size_t i = 0; i < texts.size() && i < most_records; ++i) line += (i == 0 ? ": " : ", ") + texts[i];
    if (texts.size() > most_records) line += fmt::format(" and {} more", texts.size() - most_records);
    return line;
}

} // namespace bonafide::dns
