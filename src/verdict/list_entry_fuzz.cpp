// An entry that is read prints to one that reads the same, fits its limit twice over, and builds into lists; an error is one plain line.
// The first byte names the list.
#include "verdict/lists.hpp"

#include <cstdint>
#include <cstdlib>

using namespace bonafide;
using namespace bonafide::verdict;

namespace {

void require(bool held) {
    if (!held) std::abort();
}

void check_line(std::string_view text) {
    for (const char c : text) require(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const dns::PublicSuffixList suffixes = dns::PublicSuffixList::system();
    if (size == 0) return 0;
    const auto list = static_cast<ListName>(data[0] % list_count);
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto entry = parse_list_entry(list, text);
    if (!entry) {
        require(!entry.error().text.empty());
        check_line(entry.error().text);
        return 0;
    }
    require(size - 1 <= most_entry_bytes && entry->list == list && !entry->text.empty());
    const std::string printed = to_text(*entry);
    check_line(printed);
    // A canonical text can be longer than what was read: A-labels, quotes. Only then may it be past the limit.
    const auto again = parse_list_entry(list, printed);
    require(again ? *again == *entry : printed.size() > most_entry_bytes);
    const auto lists = build_lists({&*entry, 1}, {}, 0, suffixes);
    require(lists->unreadable.empty() && lists->names != nullptr);
    return 0;
}
