#include "sign/table.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::sign {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    constexpr std::string_view blank = " \t\r,";
    for (std::size_t begin = line.find_first_not_of(blank); begin != std::string_view::npos;) {
        const std::size_t end = line.find_first_of(blank, begin);
        words.push_back(line.substr(begin, end == std::string_view::npos ? end : end - begin));
        begin = end == std::string_view::npos ? end : line.find_first_not_of(blank, end);
    }
    return words;
}

} // namespace

Expected<Signer> parse_signer(std::string_view text) {
    const std::size_t slash = text.find('/');
    auto domain = normalize_pattern(text.substr(0, slash));
    if (!domain) return std::unexpected(domain.error());
    if (domain->find_first_of("@*") != std::string::npos || domain->starts_with('.'))
        return failure(fmt::format("\"{}\" is no domain, nor a domain with /selector", escape::line(text)));
    if (slash == std::string_view::npos) return Signer{*std::move(domain)};
    auto selector = normalize_pattern(text.substr(slash + 1));
    if (!selector || selector->find_first_of("@*") != std::string::npos || selector->starts_with('.'))
        return failure(fmt::format("\"{}\" has no selector behind the slash", escape::line(text)));
    return Signer{*std::move(domain), *std::move(selector)};
}

Expected<void> Table::add(std::string_view line) {
    const auto words = words_of(line);
    if (words.size() < 2) return failure("must be a pattern and who signs: \"*@example.org example.org\"");
    if (words.size() > most_signers + 1) return failure(fmt::format("names more than {} signers", most_signers));
    auto pattern = normalize_pattern(words[0]);
    if (!pattern) return std::unexpected(pattern.error());
    std::vector<Signer> signers;
    for (const std::string_view word : std::span(words).subspan(1)) {
        if (word == "none" && words.size() == 2) break;
        auto signer = parse_signer(word);
        if (!signer) return std::unexpected(signer.error());
        if (std::ranges::find(signers, *signer) != signers.end())
            return failure(fmt::format("names {} twice", escape::line(word)));
        signers.push_back(*std::move(signer));
    }
    if (signers_.contains(*pattern)) return failure(fmt::format("has {} a second time", escape::line(words[0])));
    signers_[*std::move(pattern)] = std::move(signers);
    return {};
}

Expected<void> SenderTable::add(std::string_view line) {
    const auto words = words_of(line);
    if (words.size() < 2) return failure("must be a login and what it may send as: \"ann@example.org example.org\"");
    PatternMap<bool> patterns;
    for (const std::string_view word : std::span(words).subspan(1)) {
        auto pattern = normalize_pattern(word);
        if (!pattern) return std::unexpected(pattern.error());
        patterns[*std::move(pattern)] = true;
    }
    auto& known = logins_[ascii::lower(words[0])];
    for (const auto& [pattern, yes] : patterns) known[pattern] = yes;
    return {};
}

std::optional<bool> SenderTable::may_send(std::string_view login, std::string_view address) const {
    const std::string name = ascii::lower(login);
    const auto* own = logins_.exactly(name);
    const auto* every = logins_.exactly("*");
    if (own == nullptr && every == nullptr) return {};
    return (own != nullptr && own->find(address) != nullptr) || (every != nullptr && every->find(address) != nullptr);
}

template<class Lines> Expected<void> add_lines(Lines& table, std::string_view text) {
    std::size_t number = 0;
    for (const std::string_view whole : ascii::split(text, '\n')) {
        ++number;
        const std::string_view line = ascii::trim(whole.substr(0, whole.find('#')));
        if (line.empty()) continue;
        if (auto added = table.add(line); !added)
            return failure(fmt::format("line {}: {}", number, added.error().text));
    }
    return {};
}
template Expected<void> add_lines(Table& table, std::string_view text);
template Expected<void> add_lines(SenderTable& table, std::string_view text);

} // namespace bonafide::sign
