#include "policy/failure.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>

namespace bonafide::policy {
namespace {

constexpr std::string_view any = "*";

std::optional<OnFailure> parse_on(std::string_view text) {
    if (text == "accept") return OnFailure::accept;
    if (text == "tempfail") return OnFailure::tempfail;
    return {};
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words = ascii::split(text, ' ');
    std::erase_if(words, [](std::string_view word) { return word.empty(); });
    return words;
}

} // namespace

Expected<FailurePolicy::Said> FailurePolicy::parse(std::string_view entry) {
    const std::vector<std::string_view> words = words_of(entry);
    if (words.size() != 3) return failure("want LISTENER CLASS accept|tempfail");
    if (words[1] != any && std::ranges::find(failure_classes, words[1]) == failure_classes.end())
        return failure(fmt::format("\"{}\" is no class of failure; there are {} and *", escape::line(words[1]),
                                   fmt::join(failure_classes, ", ")));
    const auto on = parse_on(words[2]);
    if (!on) return failure(fmt::format("\"{}\" is neither accept nor tempfail", escape::line(words[2])));
    return Said{std::string(words[0]), std::string(words[1]), *on};
}

Expected<void> FailurePolicy::add(std::string_view entry) {
    auto said = parse(entry);
    if (!said) return std::unexpected(std::move(said.error()));
    said_.push_back(std::move(*said));
    return {};
}

OnFailure FailurePolicy::of(std::string_view what, std::string_view listener) const {
    const Said* nearest = nullptr;
    int distance = 3;
    for (const Said& one : said_) {
        if (!one.listener.empty() && one.listener != listener) continue;
        if (one.what != any && one.what != what) continue;
        const int away = one.listener.empty() ? 2 : one.what == any ? 1 : 0;
        if (away > distance) continue;
        nearest = &one; // of those alike the last
        distance = away;
    }
    return nearest == nullptr ? otherwise_ : nearest->on;
}

std::string_view FailurePolicy::deferring(const verdict::Facts& facts, std::string_view listener, bool enforces) const {
    const auto defers = [&](std::string_view what) { return of(what, listener) == OnFailure::tempfail; };
    for (const std::string_view what : failure_classes)
        if (verdict::is_unchecked(facts, what) && defers(what)) return what;
    const bool spf = facts.spf.value && facts.spf.value->result == spf::Result::temperror;
    const bool dmarc = facts.dmarc.value && facts.dmarc.value->result == dmarc::Result::temperror;
    return enforces && (spf || dmarc) && defers("temperror") ? "temperror" : "";
}

} // namespace bonafide::policy
