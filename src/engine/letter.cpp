#include "engine/letter.hpp"

#include "base/ascii.hpp"
#include "mail/address.hpp"
#include "mail/returned_ids.hpp"

namespace bonafide::engine {
namespace {

/// The value of the first field of that name without foldings, cut; empty when there is none.
std::string text_of(const mail::HeaderBlock& header, std::string_view name) {
    const std::vector<std::size_t> found = header.find_all(name);
    if (found.empty()) return {};
    const std::string_view value = header[found.front()].value;
    std::string text(ascii::trim(mail::unfold(value.substr(0, verdict::Letter::most_bytes))));
    return text;
}

} // namespace

verdict::Letter read_letter(const mail::HeaderBlock& header, const Limits& limits) {
    verdict::Letter letter;
    letter.message_id = mail::bracketed_id(text_of(header, "Message-ID"));
    letter.list_id = ascii::lower(mail::bracketed_id(text_of(header, "List-Id")));
    letter.subject = text_of(header, "Subject");
    if (const auto reply = header.find_all("Reply-To"); !reply.empty())
        if (auto mailboxes = mail::parse_address_list(header[reply.front()].value, limits))
            letter.reply_to = std::move(*mailboxes);
    const std::string type = ascii::lower(text_of(header, "Content-Type"));
    letter.delivery_report = type.starts_with("multipart/report") && type.contains("delivery-status");
    return letter;
}

} // namespace bonafide::engine
