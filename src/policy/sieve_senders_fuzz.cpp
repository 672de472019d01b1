// Any text is a script or has an error with a sound place; what a script says, written as a script of its own, is read as just that.
#include "policy/sieve_senders.hpp"

#include <cstdint>
#include <cstdlib>
#include <fmt/format.h>
#include <string_view>

namespace {

using namespace bonafide::policy;

std::string script_of(const SieveSender& one) {
    const std::string_view test = one.name == SenderName::from ? "address" : "envelope";
    const std::string_view action = one.list == SenderList::safe ? "keep" : "discard";
    const bool below = one.sender.starts_with('.');
    const bool domain = one.sender.starts_with('@');
    return fmt::format("require \"envelope\"; if {} {} \"from\" \"{}{}\" {{ {}; }}", test,
                       below    ? ":matches"
                       : domain ? ":contains"
                                : ":is",
                       below ? "*" : "", one.sender, action);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = read_sieve_senders(text);
    if (!read) {
        const std::size_t position = read.error().position;
        if (read.error().text.empty() || (position != bonafide::Error::nowhere && position > size)) std::abort();
        return 0;
    }
    RecipientSenders senders;
    for (const SieveSender& one : *read) {
        if (RecipientSenders::canonical_sender(one.sender) != one.sender) std::abort();
        if (!senders.add("rita@ours.example", one.list, one.sender, one.name)) std::abort();
        const auto again = read_sieve_senders(script_of(one));
        if (!again || again->size() != 1 || again->front() != one) std::abort();
    }
    return 0;
}
