#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/feedback.hpp"
#include "engine/letter.hpp"
#include "mail/address.hpp"
#include "mail/splitter.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::cli::feedback {
namespace {

using io::store::Found;

constexpr std::string_view id_field = "X-Bonafide-Id";

Letterhead letterhead_of(const mail::HeaderBlock& header) {
    Letterhead letterhead;
    letterhead.message_id = engine::read_letter(header, {}).message_id;
    if (const auto ids = header.find_all(id_field); !ids.empty())
        letterhead.bonafide_id = mail::unfold(header[ids.front()].value);
    std::vector<std::string_view> from;
    for (const std::size_t index : header.find_all("From")) from.push_back(header[index].value);
    letterhead.author_domain = mail::find_author(from).domain;
    return letterhead;
}

std::string ids_of(const std::vector<Found>& found) {
    constexpr std::size_t most = 5;
    std::string text;
    for (std::size_t i = 0; i < found.size() && i < most; ++i)
        text += (i == 0 ? "" : ", ") + escape::line(found[i].message.id);
    return found.size() > most ? text + ", ..." : text;
}

} // namespace

Expected<Letterhead> read_letterhead(const MessageContent& content) {
    Letterhead letterhead;
    bool read = false;
    mail::Splitter splitter(
        [&](const mail::HeaderBlock& header) {
            letterhead = letterhead_of(header);
            read = true;
        },
        [](std::string_view) {});
    const auto poured = content.pour([&](std::string_view bytes) {
        if (!read) splitter.feed(bytes);
        return true;
    });
    if (!poured) return std::unexpected(poured.error());
    if (!read) splitter.finish();
    return letterhead;
}

Expected<Found> choose(std::vector<Found> found, const Letterhead& letterhead) {
    if (!letterhead.author_domain.empty())
        std::erase_if(found, [&](const Found& one) { return one.message.author_domain != letterhead.author_domain; });
    if (found.empty()) return failure("is not kept: it is older than the retention, or never came through here");
    for (Found& one : found)
        if (!letterhead.bonafide_id.empty() && one.message.id == letterhead.bonafide_id) return std::move(one);
    const std::string author = found.front().message.author_domain;
    if (std::ranges::any_of(found, [&](const Found& one) { return one.message.author_domain != author; }))
        return failure(fmt::format("messages of several authors are meant ({}): name one by its id", ids_of(found)));
    return std::move(*std::ranges::max_element(found, {}, [](const Found& one) { return one.message.time; }));
}

} // namespace bonafide::cli::feedback
