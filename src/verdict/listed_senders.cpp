#include "verdict/listed_senders.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/name.hpp"
#include "verdict/list_parts.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::verdict {
namespace {

void add_once(std::vector<std::string>& texts, std::string text) {
    if (std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
}

ip::Prefix masked(const ip::Prefix& network) {
    auto bytes = network.address.bytes();
    for (unsigned bit = network.length; bit < network.address.bits(); ++bit)
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] & ~(0x80U >> bit % 8));
    const ip::Address base = network.address.is_v4() ? ip::Address::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]})
                                                     : ip::Address::from_v6_unmapped(bytes);
    return {base, network.length};
}

} // namespace

Expected<std::string> ListedSenders::canonical(std::string_view text) {
    if (const auto network = ip::Prefix::parse(text)) {
        if (network->length == 0) return failure(fmt::format("\"{}\" would take in everybody", escape::line(text, 80)));
        return masked(*network).text();
    }
    if (auto sender = text.contains('@') ? read_address(text) : read_domain(text)) return *std::move(sender);
    return failure(fmt::format("\"{}\" is no address, no domain and no network", escape::line(text, 80)));
}

Expected<void> ListedSenders::add(std::string_view text) {
    auto entry = canonical(text);
    if (!entry) return std::unexpected(std::move(entry.error()));
    if (const auto network = ip::Prefix::parse(*entry))
        networks_.push_back(*network);
    else if (entry->contains('@'))
        addresses_.insert(std::move(*entry));
    else
        domains_.add(std::move(*entry));
    return {};
}

void ListedSenders::find_address(std::string_view address, std::vector<std::string>& found) const {
    const std::string lower = ascii::lower(address);
    if (addresses_.contains(lower)) add_once(found, lower);
    for (std::string_view name = std::string_view(lower).substr(lower.rfind('@') + 1); !name.empty();
         name = dns::parent(name))
        if (domains_.contains(name)) add_once(found, std::string(name));
}

bool ListedSenders::has_address(std::string_view address) const {
    std::vector<std::string> found;
    find_address(address, found);
    return !found.empty();
}

std::vector<std::string> ListedSenders::find(const Facts& facts, Proof proof) const {
    std::vector<std::string> found;
    if (empty()) return found;
    if (facts.envelope.client)
        for (const ip::Prefix& network : networks_)
            if (network.contains(*facts.envelope.client)) add_once(found, network.text());
    if (facts.iprev.value && facts.iprev.value->result == iprev::Result::pass)
        find_address(facts.iprev.value->name, found);
    const bool spf = facts.spf.value && facts.spf.value->result == spf::Result::pass;
    if (facts.envelope.mail_from && !facts.envelope.mail_from->empty() && (proof == Proof::none || spf))
        find_address(*facts.envelope.mail_from, found);
    const bool author = facts.dmarc.value && facts.dmarc.value->result == dmarc::Result::pass;
    if (proof == Proof::none || author)
        for (const mail::Mailbox& mailbox : facts.author.mailboxes)
            find_address(mailbox.local_part + '@' + mailbox.domain, found);
    return found;
}

} // namespace bonafide::verdict
