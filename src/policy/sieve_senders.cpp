#include "policy/sieve_senders.hpp"

#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "policy/sieve_words.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

namespace bonafide::policy {
namespace {

using sieve::Argument;
using sieve::Command;
using sieve::Test;

// ---- actions

constexpr std::array<std::string_view, 7> junk_folders{"junk", "spam",       "junk-e-mail", "junk e-mail",
                                                       "bulk", "junk email", "trash"};

/// The folder or one below it, perhaps below INBOX.
bool is_junk_folder(std::string_view folder) {
    if (ascii::istarts_with(folder, "inbox.") || ascii::istarts_with(folder, "inbox/")) folder.remove_prefix(6);
    const std::string_view first = folder.substr(0, folder.find_first_of("./"));
    return std::ranges::any_of(junk_folders, [&](std::string_view junk) { return ascii::iequals(first, junk); });
}

/// What one action makes of the mail: kept, thrown away, or neither for certain.
std::optional<SenderList> outcome_of(const Command& action) {
    const auto& arguments = action.arguments;
    // With :copy the mail stays where it was; what other tags mean is not known.
    for (const Argument& argument : arguments)
        if (!argument.tag.empty() && argument.tag != "flags" && argument.tag != "create") return {};
    if (action.name == "keep") return SenderList::safe;
    if (action.name == "discard" || action.name == "reject" || action.name == "ereject") return SenderList::blocked;
    if (action.name != "fileinto" || arguments.empty() || arguments.back().strings.size() != 1) return {};
    const std::string& folder = arguments.back().strings.front();
    if (ascii::iequals(folder, "INBOX")) return SenderList::safe;
    return is_junk_folder(folder) ? std::optional(SenderList::blocked) : std::nullopt;
}

bool sets_flags(const Command& command) {
    return command.name == "addflag" || command.name == "setflag" || command.name == "removeflag";
}

/// Marks the mail as what a reader will not be shown: no keep, and no block.
bool gives_up(const Command& command) {
    return sets_flags(command) && std::ranges::any_of(command.arguments, [](const Argument& argument) {
               return std::ranges::any_of(argument.strings, [](const std::string& flag) {
                   return ascii::lower(flag).contains("\\deleted") || ascii::lower(flag).contains("$junk");
               });
           });
}

/// What a block makes of the mail; nothing where it does anything else, or both.
std::optional<SenderList> outcome_of(std::span<const Command> block) {
    std::optional<SenderList> all;
    for (const Command& command : block) {
        if (command.name == "stop") return all ? all : SenderList::safe; // RFC 5228 2.10.2: the implicit keep
        if (gives_up(command)) return {};
        if (sets_flags(command)) continue;
        const auto one = outcome_of(command);
        if (!one || (all && *all != *one)) return {};
        all = one;
    }
    return all;
}

bool may_stop(std::span<const Command> commands) {
    return std::ranges::any_of(commands, [](const Command& command) {
        return command.name == "stop" || command.name == "return" || command.name == "include" ||
               may_stop(command.block);
    });
}

/// Whether the mail may be somewhere afterwards where its recipient sees it, whatever else becomes of it: RFC 5228 2.10.2, only the implicit
/// keep is cancelled by other actions.
bool may_deliver(const Command& command) {
    if (command.name == "fileinto") {
        const auto& arguments = command.arguments;
        return arguments.empty() || !std::ranges::all_of(arguments.back().strings, is_junk_folder);
    }
    constexpr auto names = std::to_array<std::string_view>({"keep", "redirect", "include", "pipe", "snooze"});
    return std::ranges::find(names, command.name) != names.end() || std::ranges::any_of(command.block, may_deliver);
}

// ---- tests

struct Senders {
    std::vector<std::pair<std::string, SenderName>> names;
    bool complete = false; ///< the test is true for these and for nobody else
    bool contains = false; ///< or for others of their domains, whose addresses hold theirs
};

/// How an address, header or envelope test compares.
struct Match {
    std::string how = "is";
    std::string part = "all";
    std::vector<const std::vector<std::string>*> lists; ///< names of fields, keys
};

std::optional<Match> match_of(const Test& test) {
    Match match;
    for (std::size_t i = 0; i < test.arguments.size(); ++i) {
        const Argument& argument = test.arguments[i];
        const std::string& tag = argument.tag;
        if (argument.is_strings())
            match.lists.push_back(&argument.strings);
        else if (tag == "is" || tag == "contains" || tag == "matches")
            match.how = tag;
        else if ((tag == "all" || tag == "domain") && test.name != "header")
            match.part = tag;
        else if (tag == "comparator" && i + 1 < test.arguments.size() &&
                 test.arguments[i + 1].strings == std::vector<std::string>{"i;ascii-casemap"})
            ++i;
        else
            return {};
    }
    return match.lists.size() == 2 ? std::optional(std::move(match)) : std::nullopt;
}

/// The sender, as RecipientSenders has them, that a key stands for.
std::optional<std::string> sender_of(const Match& match, std::string_view key) {
    constexpr auto none = std::string_view::npos;
    if (key.contains("${")) return {}; // a variable, or an encoded character
    std::string form(key);
    const bool is_pattern = match.how == "matches" && key.find_first_of("*?\\") != none;
    if (is_pattern) {
        const bool whole = key.starts_with("*@") && match.part == "all";
        if (!whole && !key.starts_with("*.")) return {};
        form = key.substr(1);
    } else if (match.part == "domain") {
        if (match.how == "contains" || key.contains('@')) return {};
        form = '@' + form;
    } else if (!key.contains('@') || (key.starts_with('@') && match.how != "contains")) {
        return {};
    }
    auto sender = RecipientSenders::canonical_sender(form);
    return sender ? std::optional(*std::move(sender)) : std::nullopt;
}

Senders senders_of_match(const Test& test) {
    const auto match = match_of(test);
    if (!match) return {};
    Senders read{.names = {}, .complete = true};
    bool has_from = false;
    for (const std::string& field : *match->lists[0]) {
        const bool is_from = ascii::iequals(field, "from");
        has_from = has_from || is_from;
        if (!is_from && (test.name == "envelope" || !ascii::iequals(field, "sender"))) return {};
        read.complete = read.complete && is_from;
    }
    if (!has_from) return {};
    read.contains = match->how == "contains";
    const SenderName name = test.name == "envelope" ? SenderName::mail_from : SenderName::from;
    for (const std::string& key : *match->lists[1]) {
        auto sender = sender_of(*match, key);
        read.complete = read.complete && sender;
        if (sender) read.names.emplace_back(*std::move(sender), name);
    }
    return read;
}

/// No names where the test asks for anything beside the sender.
Senders senders_of(const Test& test) {
    if (test.name == "address" || test.name == "header" || test.name == "envelope") return senders_of_match(test);
    if (test.name != "anyof" && !(test.name == "allof" && test.tests.size() == 1)) return {};
    Senders all{.names = {}, .complete = true};
    for (const Test& one : test.tests) {
        Senders read = senders_of(one);
        if (read.names.empty()) return {};
        all.complete = all.complete && read.complete;
        all.contains = all.contains || read.contains;
        std::ranges::move(read.names, std::back_inserter(all.names));
    }
    return all;
}

// ---- the script

std::string_view domain_of(std::string_view sender) {
    if (const std::size_t at = sender.rfind('@'); at != std::string_view::npos) return sender.substr(at + 1);
    return sender.substr(sender.starts_with('.') ? 1 : 0);
}

bool is_address(std::string_view sender) { return sender.contains('@') && !sender.starts_with('@'); }

std::string all_of_domain(std::string_view sender) {
    return is_address(sender) ? '@' + std::string(domain_of(sender)) : std::string(sender);
}

/// Whether one message may be meant by both.
bool may_meet(const SieveSender& a, const SieveSender& b) {
    if (a.name != b.name) return false;
    if (is_address(a.sender) && is_address(b.sender)) return a.sender == b.sender;
    const std::string_view x = domain_of(a.sender);
    const std::string_view y = domain_of(b.sender);
    return dns::is_equal_or_below(x, y) || dns::is_equal_or_below(y, x);
}

/// Whether all mail that is meant by `narrow` is meant by `wide`.
bool covers(const SieveSender& wide, const SieveSender& narrow) {
    if (wide.name != narrow.name) return false;
    if (is_address(wide.sender)) return wide.sender == narrow.sender;
    const std::string_view domain = domain_of(wide.sender), inner = domain_of(narrow.sender);
    const bool is_below = narrow.sender.starts_with('.');
    if (wide.sender.starts_with('@')) return inner == domain && !is_below;
    return dns::is_equal_or_below(inner, domain) && (is_below || inner != domain);
}

/// Another block of the chain is come to.
bool is_never_taken(const Command& branch) { return branch.tests.size() == 1 && branch.tests.front().name == "false"; }

class Reader {
  public:
    explicit Reader(std::size_t most) : left_(most) {}

    std::vector<SieveSender> read(std::span<const Command> script) {
        for (std::size_t i = 0; i < script.size();) {
            const Command& command = script[i];
            if (command.name == "stop" || command.name == "return") break;
            if (command.name == "include") may_have_stopped_ = true;
            if (command.name != "if" && may_deliver(command)) deliver_anyone(found_.size());
            std::size_t end = i + 1;
            if (command.name == "if")
                while (end < script.size() && (script[end].name == "elsif" || script[end].name == "else")) ++end;
            if (command.name == "if") read_chain(script.subspan(i, end - i));
            i = end;
        }
        std::vector<SieveSender> read;
        for (Found& one : found_) read.push_back(std::move(one.sender));
        return read;
    }

  private:
    struct Found {
        SieveSender sender;
        bool stops = false; ///< nothing behind it in the script touches this mail
    };

    /// if, elsif, else: a branch is come to when those before it are not taken.
    void read_chain(std::span<const Command> branches) {
        const std::size_t settled_before = settled_.size();
        const std::size_t found_before = found_.size();
        std::vector<SieveSender> settled;
        bool certain = true;
        for (const Command& branch : branches) {
            if (is_never_taken(branch)) continue;
            const bool stops = may_stop(branch.block);
            const auto list = outcome_of(branch.block);
            Senders senders = branch.tests.size() == 1 ? senders_of(branch.tests.front()) : Senders{};
            const bool delivers = std::ranges::any_of(branch.block, may_deliver);
            if (delivers && !senders.complete) deliver_anyone(found_before);
            for (const auto& [sender, name] : senders.names)
                if (delivers)
                    deliver({SenderList::safe, senders.contains ? all_of_domain(sender) : sender, name}, found_before,
                            certain && list == SenderList::safe && !senders.contains);
            if (!certain || !list || senders.names.empty()) senders = {};
            for (auto& [sender, name] : senders.names) {
                if (left_ == 0) break;
                --left_;
                SieveSender one{*list, std::move(sender), name};
                add(one, stops);
                if (senders.contains) one.sender = all_of_domain(one.sender);
                settled_.push_back(one);
                if (stops) settled.push_back(std::move(one));
            }
            certain = certain && senders.complete;
            may_have_stopped_ = may_have_stopped_ || (stops && !senders.complete);
        }
        settled_.resize(settled_before);
        std::ranges::move(settled, std::back_inserter(settled_));
    }

    void add(const SieveSender& one, bool stops) {
        // A block is a matter of what is certain; a safe sender gains nothing that the script does not still decide.
        if (one.list == SenderList::blocked && (may_have_stopped_ || delivers_anyone_)) return;
        const auto forestalls = [&](const SieveSender& earlier) {
            return earlier.list != one.list && may_meet(earlier, one);
        };
        if (std::ranges::any_of(settled_, forestalls)) return;
        const auto keeps = [&](const Delivered& earlier) { return takes_back(earlier, one); };
        if (one.list == SenderList::blocked && std::ranges::any_of(delivered_, keeps)) return;
        if (std::ranges::find(found_, one, &Found::sender) == found_.end()) found_.push_back({one, stops});
    }

    struct Delivered {
        SieveSender sender;
        bool is_safe = false; ///< it says so itself, and a safe sender goes before a blocked one
    };

    static bool takes_back(const Delivered& delivered, const SieveSender& blocked) {
        return delivered.is_safe ? covers(delivered.sender, blocked) : may_meet(delivered.sender, blocked);
    }

    /// A message that is thrown away and kept is kept. `before`: how many were found when the chain began, whose own branches exclude each
    /// other.
    void deliver(SieveSender sender, std::size_t before, bool is_safe) {
        delivered_.push_back({std::move(sender), is_safe});
        take_back(before, [&](const SieveSender& blocked) { return takes_back(delivered_.back(), blocked); });
    }

    void deliver_anyone(std::size_t before) {
        delivers_anyone_ = true;
        take_back(before, [](const SieveSender&) { return true; });
    }

    template<class Is> void take_back(std::size_t before, Is is) {
        const auto end = found_.begin() + static_cast<std::ptrdiff_t>(before);
        const auto gone = std::remove_if(found_.begin(), end, [&](const Found& one) {
            return one.sender.list == SenderList::blocked && !one.stops && is(one.sender);
        });
        found_.erase(gone, end);
    }

    std::size_t left_; ///< how many more are looked at
    std::vector<Found> found_;
    std::vector<Delivered> delivered_; ///< whose mail is somewhere already
    bool delivers_anyone_ = false;     ///< likewise, and not by its sender alone
    std::vector<SieveSender> settled_; ///< of whose mail nothing later in the script decides
    bool may_have_stopped_ = false;    ///< some mail does not come this far, and not by its sender alone
};

} // namespace

Expected<std::vector<SieveSender>> read_sieve_senders(std::string_view script, const Limits& limits) {
    const auto commands = sieve::parse(script, limits);
    if (!commands) return std::unexpected(commands.error());
    if (auto known = sieve::check_words(*commands, script); !known) return std::unexpected(known.error());
    return Reader(limits.sieve_senders).read(*commands);
}

} // namespace bonafide::policy
