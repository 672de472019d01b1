#include "policy/sieve_words.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>
#include <string>

namespace bonafide::policy::sieve {
namespace {

struct Word {
    std::string_view name;
    std::string_view extension;      ///< empty: of RFC 5228 itself
    std::string_view or_extension{}; ///< that one does as well
};

// Of RFC 5228, of the extensions that IANA has registered and of those of Pigeonhole (vnd.dovecot).

constexpr auto commands = std::to_array<Word>({
    {"if", ""},
    {"elsif", ""},
    {"else", ""},
    {"require", ""},
    {"stop", ""},
    {"keep", ""},
    {"discard", ""},
    {"redirect", ""},
    {"fileinto", "fileinto"},
    {"reject", "reject"},
    {"ereject", "ereject"},
    {"addflag", "imap4flags", "imapflags"},
    {"setflag", "imap4flags", "imapflags"},
    {"removeflag", "imap4flags", "imapflags"},
    {"mark", "imapflags"},
    {"unmark", "imapflags"},
    {"vacation", "vacation"},
    {"set", "variables"},
    {"include", "include"},
    {"return", "include"},
    {"global", "include"},
    {"notify", "enotify", "notify"},
    {"denotify", "notify"},
    {"addheader", "editheader"},
    {"deleteheader", "editheader"},
    {"error", "ihave"},
    {"foreverypart", "foreverypart"},
    {"break", "foreverypart"},
    {"replace", "replace"},
    {"enclose", "enclose"},
    {"extracttext", "extracttext"},
    {"convert", "convert"},
    {"processcalendar", "processcalendar"},
    {"snooze", "snooze"},
    {"pipe", "vnd.dovecot.pipe"},
    {"filter", "vnd.dovecot.filter"},
    {"execute", "vnd.dovecot.execute"},
    {"report", "vnd.dovecot.report"},
    {"debug_log", "vnd.dovecot.debug"},
});

constexpr auto tests = std::to_array<Word>({
    {"address", ""},
    {"allof", ""},
    {"anyof", ""},
    {"exists", ""},
    {"false", ""},
    {"header", ""},
    {"not", ""},
    {"size", ""},
    {"true", ""},
    {"envelope", "envelope"},
    {"body", "body"},
    {"hasflag", "imap4flags"},
    {"string", "variables"},
    {"date", "date"},
    {"currentdate", "date"},
    {"environment", "environment"},
    {"ihave", "ihave"},
    {"duplicate", "duplicate"},
    {"spamtest", "spamtest", "spamtestplus"},
    {"virustest", "virustest"},
    {"valid_notify_method", "enotify"},
    {"notify_method_capability", "enotify"},
    {"valid_ext_list", "extlists"},
    {"mailboxexists", "mailbox"},
    {"metadata", "mboxmetadata"},
    {"metadataexists", "mboxmetadata"},
    {"servermetadata", "servermetadata"},
    {"servermetadataexists", "servermetadata"},
    {"specialuse_exists", "special-use"},
    {"mailboxidexists", "mailboxid"},
    {"pipe", "vnd.dovecot.pipe"},
    {"filter", "vnd.dovecot.filter"},
    {"execute", "vnd.dovecot.execute"},
});

constexpr auto tags = std::to_array<Word>({
    {"copy", "copy"},
    {"create", "mailbox"},
    {"flags", "imap4flags"},
    {"count", "relational"},
    {"value", "relational"},
    {"user", "subaddress"},
    {"detail", "subaddress"},
    {"regex", "regex"},
    {"list", "extlists"},
    {"specialuse", "special-use"},
    {"mailboxid", "mailboxid"},
});

class Checker {
  public:
    explicit Checker(std::string_view text) : text_(text) {}

    Expected<void> check_script(std::span<const Command> script) {
        const auto other = std::ranges::find_if(script, [](const Command& one) { return one.name != "require"; });
        for (const Command& command : std::span(script.begin(), other))
            for (const Argument& argument : command.arguments)
                required_.insert(argument.strings.begin(), argument.strings.end());
        return check(std::span(other, script.end()));
    }

  private:
    Expected<void> check(std::span<const Command> block) {
        for (const Command& command : block) {
            if (command.name == "require")
                return complain(command.at, "\"require\" stands behind other commands", "RFC 5228 3.2");
            if (auto known = check_word(command, commands, "command"); !known) return known;
            if (auto known = check(std::span(command.tests)); !known) return known;
            if (auto known = check(std::span(command.block)); !known) return known;
        }
        return {};
    }

    Expected<void> check(std::span<const Test> all) {
        for (const Test& test : all) {
            if (auto known = check_word(test, tests, "test"); !known) return known;
            if (auto known = check(std::span(test.tests)); !known) return known;
        }
        return {};
    }

    /// Of a command or test, and of its tags those that belong to an extension; others may be of one that changes what is known.
    template<class One> Expected<void> check_word(const One& one, std::span<const Word> words, std::string_view kind) {
        const auto found = std::ranges::find(words, one.name, &Word::name);
        if (found == words.end())
            return complain(one.at, fmt::format("there is no {} \"{}\"", kind, shown(one.name)), "RFC 5228 2.10.5");
        if (!is_required(*found)) return not_required(one, fmt::format("\"{}\"", found->name), *found);
        for (const Argument& argument : one.arguments) {
            const auto tag = std::ranges::find(tags, argument.tag, &Word::name);
            if (tag != tags.end() && !is_required(*tag))
                return not_required(one, fmt::format("\":{}\"", tag->name), *tag);
        }
        return {};
    }

    template<class One> Expected<void> not_required(const One& one, const std::string& what, const Word& word) {
        return complain(one.at, fmt::format("{} needs: require \"{}\"", what, word.extension), "RFC 5228 2.10.5");
    }

    [[nodiscard]] bool is_required(const Word& word) const {
        return word.extension.empty() || required_.contains(word.extension) ||
               (!word.or_extension.empty() && required_.contains(word.or_extension)) || required_.contains("ihave");
    }

    static std::string_view shown(std::string_view name) { return name.substr(0, 40); }

    [[nodiscard]] std::unexpected<Error> complain(std::size_t at, const std::string& what,
                                                  std::string_view section) const {
        return std::unexpected(error_at(text_, at, what, section));
    }

    std::string_view text_;
    std::set<std::string, std::less<>> required_;
};

} // namespace

Expected<void> check_words(std::span<const Command> script, std::string_view text) {
    return Checker(text).check_script(script);
}

} // namespace bonafide::policy::sieve
