#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/feedback.hpp"
#include "cli/time_text.hpp"
#include "engine/letter.hpp"
#include "io/store_names.hpp"
#include "mail/address.hpp"
#include "mail/splitter.hpp"
#include "policy/decision.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <utility>

namespace bonafide::cli::feedback {
namespace {

using io::store::Found;

Letterhead letterhead_of(const mail::HeaderBlock& header) {
    Letterhead letterhead;
    letterhead.message_id = engine::read_letter(header, {}).message_id;
    if (const auto ids = header.find_all(policy::id_field); !ids.empty())
        letterhead.bonafide_id = mail::unfold(header[ids.front()].value);
    std::vector<std::string_view> from;
    for (const std::size_t index : header.find_all("From")) from.push_back(header[index].value);
    letterhead.author_domain = mail::find_author(from).domain;
    return letterhead;
}

/// "01A (2026-11-22 09:48:31 UTC, a@x.example to ann@ours.example)", the newest first.
std::string candidates(std::vector<Found> found) {
    constexpr std::size_t most = 5;
    std::ranges::sort(found, std::greater{}, [](const Found& one) { return one.message.time; });
    std::string text;
    for (std::size_t i = 0; i < found.size() && i < most; ++i) {
        const io::store::Message& message = found[i].message;
        text += fmt::format("{}{} ({} UTC, {} to {})", i == 0 ? "" : ", ", escape::line(message.id),
                            utc_text(message.time), escape::line(message.author), escape::line(message.recipient));
    }
    return found.size() > most ? fmt::format("{} and {} more", text, found.size() - most) : text;
}

/// "#0123456789ab@example.com", as store_names.hpp makes it.
bool is_hashed(std::string_view name) {
    constexpr std::size_t digits = 12;
    const std::string_view hash = name.substr(0, name.find('@'));
    return hash.size() == digits + 1 && hash.starts_with('#') &&
           hash.find_first_not_of("0123456789abcdef", 1) == std::string_view::npos;
}

} // namespace

std::string kept_name(const std::string& person, const Found& found, engine::KeptAddresses addresses,
                      const io::store::Secret& secret) {
    const bool hashes = addresses == engine::KeptAddresses::hashed || is_hashed(found.message.author) ||
                        is_hashed(found.message.recipient);
    return hashes ? io::store::hashed_name(secret, person) : person;
}

Expected<Letterhead> read_letterhead(const MessageContent& content, std::uint64_t most) {
    Letterhead letterhead;
    bool read = false;
    std::uint64_t bytes = 0;
    mail::Splitter splitter(
        [&](const mail::HeaderBlock& header) {
            letterhead = letterhead_of(header);
            read = true;
        },
        [](std::string_view) {});
    const auto poured = content.pour([&](std::string_view piece) {
        bytes += piece.size();
        if (!read) splitter.feed(piece);
        return bytes <= most;
    });
    if (!poured) return std::unexpected(poured.error());
    if (bytes > most) return failure(fmt::format("is longer than {} bytes: it is no message", most));
    if (!read) splitter.finish();
    return letterhead;
}

Expected<Found> choose(std::vector<Found> found, const Letterhead& letterhead) {
    if (!letterhead.author_domain.empty())
        std::erase_if(found, [&](const Found& one) { return one.message.author_domain != letterhead.author_domain; });
    if (found.empty()) return failure("is not kept: it is older than the retention, or never came through here");
    const auto named = std::ranges::find_if(found, [&](const Found& one) {
        return !letterhead.bonafide_id.empty() && one.message.id == letterhead.bonafide_id;
    });
    if (named != found.end()) return std::move(*named);
    if (found.size() == 1) return std::move(found.front());
    return failure(fmt::format("{} messages may be meant: {}: name one by its id", found.size(), candidates(found)));
}

} // namespace bonafide::cli::feedback
