// `lists suggest`: sealers whose mail is told broken though their seals verify. Nothing is trusted without a person who says so.
#include "base/escape.hpp"
#include "cli/ledger_file.hpp"
#include "cli/lists.hpp"
#include "verdict/json_text.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <ctime>
#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli::lists {
namespace {

namespace json = boost::json;
using io::store::Database;
using io::store::SealerRow;

enum class Trusted : std::uint8_t { no, for_some, for_all };

Trusted trust_in(const std::string& domain, const verdict::Lists& lists) {
    Trusted trusted = Trusted::no;
    for (const arc::Sealer& sealer : lists.sealers) {
        if (sealer.domain != domain) continue;
        if (sealer.author_domains.empty() && sealer.recipients.empty()) return Trusted::for_all;
        trusted = Trusted::for_some;
    }
    return trusted;
}

/// The entry that would trust it; nothing for what cannot stand in the list.
std::optional<std::string> entry_for(const SealerRow& sealer) {
    const auto entry = verdict::parse_list_entry(verdict::ListName::sealers, sealer.domain);
    if (!entry || entry->text.contains(' ')) return {};
    return entry->text;
}

std::string command_for(const std::string& entry) {
    return fmt::format("bonafide lists add sealers {} --note 'why we know it'", shell_word(entry));
}

json::object object_of(const SealerRow& sealer, const verdict::Lists& trusted) {
    return {{"sealer", verdict::utf8(sealer.domain)},
            {"messages", sealer.messages},
            {"author_domains", sealer.author_domains},
            {"trusted_for_some", trust_in(sealer.domain, trusted) == Trusted::for_some},
            {"command", command_for(*entry_for(sealer))}};
}

} // namespace

std::string suggestion(const SealerRow& sealer, const verdict::Lists& trusted, std::uint64_t days) {
    const Trusted trust = trust_in(sealer.domain, trusted);
    const auto entry = entry_for(sealer);
    if (trust == Trusted::for_all || !entry) return {};
    return fmt::format("{}: its seals verify and DMARC failed for {} of {} in the last {}{}\n"
                       "  to trust it: {}\n",
                       escape::line(*entry), counted(sealer.messages, "message"),
                       counted(sealer.author_domains, "domain"), counted(days, "day"),
                       trust == Trusted::for_some ? "; it is trusted for some mail already" : "", command_for(*entry));
}

Outcome run_suggest(const Arguments& arguments, Console& console) {
    const auto settings = ledger_settings(arguments);
    if (!settings) return std::unexpected(settings.error());
    const auto suffixes = dns::PublicSuffixList::open((*settings)->dmarc.public_suffix_list);
    if (!suffixes) return cannot(suffixes.error());
    auto ledger = open_ledger(arguments, Database::Mode::read_only);
    if (!ledger) return std::unexpected(ledger.error());
    auto all = kept(*ledger);
    if (!all) return cannot(all.error());
    std::ranges::move(configured(**settings), std::back_inserter(*all));
    const std::int64_t now = std::time(nullptr);
    const auto trusted = verdict::build_lists(entries_of(*all), {}, now, **suffixes);
    const std::uint64_t days = read_number(arguments, "days", 7);
    const std::uint64_t least = read_number(arguments, "least", 5);
    const auto sealers = ledger->sealers(now - static_cast<std::int64_t>(days) * 86400);
    if (!sealers) return cannot(sealers.error());

    std::string text;
    json::array array;
    for (const SealerRow& sealer : *sealers) {
        const std::string lines = sealer.messages < least ? "" : suggestion(sealer, *trusted, days);
        text += lines;
        if (!lines.empty()) array.push_back(object_of(sealer, *trusted));
    }
    if (arguments.has("json"))
        console.out << json::serialize(json::object{{"days", days}, {"sealers", std::move(array)}}) << '\n';
    else if (text.empty())
        console.out << "nothing to suggest\n";
    else
        console.out << text
                    << "\nA trusted sealer can vouch for any author: trust only those whose operator you "
                       "know, and give a scope (from=, to=) where you can.\n";
    return exit_code::done;
}

} // namespace bonafide::cli::lists
