#include "dns/transcript.hpp"

#include <fmt/format.h>

#include "base/escape.hpp"

namespace bonafide::dns {
namespace {

std::vector<std::string> record_texts(const AnswerData& answer) {
    std::vector<std::string> texts;
    for (const auto& text : answer.txt) texts.push_back('"' + escape::line(text) + '"');
    for (const auto& address : answer.addresses) texts.push_back(address.text());
    for (const auto& mx : answer.mx) texts.push_back(fmt::format("{} {}", mx.preference, mx.host.empty() ? "." : escape::line(mx.host)));
    for (const auto& name : answer.names) texts.push_back(escape::line(name));
    return texts;
}

} // namespace

std::string to_line(const Exchange& exchange) {
    const AnswerData& answer = *exchange.answer;
    std::string line = fmt::format("{} {} ({}): {}, ttl {}, {}", to_text(exchange.type), escape::line(exchange.name), exchange.why,
                                   to_text(answer.status), answer.ttl, to_text(answer.dnssec));
    const char* separator = ": ";
    for (const std::string& text : record_texts(answer)) {
        line += separator + text;
        separator = ", ";
    }
    return line;
}

} // namespace bonafide::dns
