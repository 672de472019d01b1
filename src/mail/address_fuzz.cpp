// What was read prints to a list that reads the same; an Author Domain is given only when every mailbox is of that domain.
#include "dns/name.hpp"
#include "mail/address.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace bonafide;

void require(bool held) {
    if (!held) std::abort();
}

void check_round_trip(const std::vector<mail::Mailbox>& mailboxes) {
    std::string text;
    for (const mail::Mailbox& mailbox : mailboxes) text += (text.empty() ? "" : ", ") + mail::to_text(mailbox);
    const auto again = mail::parse_address_list(text);
    require(again && *again == mailboxes);
}

void check_author(std::string_view value) {
    const mail::Author author = mail::find_author({&value, 1});
    require((author.cause == mail::FromCause::ok) == author.detail.empty());
    for (const char c : author.detail) require(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
    if (author.cause != mail::FromCause::ok) {
        require(author.domain.empty() && author.defect.empty());
        return;
    }
    require(dns::is_hostname_like(author.domain) && author.domains.size() == 1 && !author.mailboxes.empty());
    for (const mail::Mailbox& mailbox : author.mailboxes) require(mailbox.domain == author.domain);
    // One more mailbox elsewhere takes the Author Domain away, whatever stands before it.
    const std::string extended = std::string(value) + ", x@other.invalid";
    const std::string_view view = extended;
    require(author.domain == "other.invalid" || mail::find_author({&view, 1}).cause != mail::FromCause::ok);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view value(reinterpret_cast<const char*>(data), size);
    const auto list = mail::parse_address_list(value);
    if (list)
        check_round_trip(*list);
    else
        require(list.error().position <= size);
    check_author(value);
    const mail::Path path = mail::parse_path(value);
    require(path.local_part.size() + path.domain.size() <= size);
    return 0;
}
