// `import postgrey`: options as /etc/default/postgrey has them, version 1.37, and the white-lists.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/ip.hpp"
#include "cli/moving.hpp"
#include "policy/pattern.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::cli::moving {
namespace {

constexpr std::size_t most_pattern_bytes = 900; // a pattern of a condition has at most 1000

/// Words as a shell takes them apart: blanks part, quotes hold together, a backslash takes the next sign as it is.
std::vector<std::string> shell_words(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
            c = text[++i];
            if (c == '\n') continue;
        } else if (quote != 0 && c == quote) {
            quote = 0;
            continue;
        } else if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
            in_word = true;
            continue;
        } else if (quote == 0 && ascii::is_space(c)) {
            if (in_word) words.push_back(std::move(word));
            word.clear();
            in_word = false;
            continue;
        }
        word += c;
        in_word = true;
    }
    if (in_word) words.push_back(std::move(word));
    return words;
}

/// What the options name; the files are read when all of them are known.
struct ListFiles {
    std::vector<std::string> clients, recipients;
};

class Postgrey {
  public:
    Postgrey(Conversion& conversion, std::string path) : conversion_(conversion), path_(std::move(path)) {}

    void set_defaults();
    void take_defaults(std::string_view text);
    void read_lists(const std::string& folder);

  private:
    void option(const std::string& name, const std::string& value, std::size_t line);
    void seconds(std::string_view setting, const Theirs& t, std::string_view unit) {
        if (!ascii::parse_decimal(t.value)) return conversion_.leave(t, "is no number");
        conversion_.set(setting, fmt::format("{}{}", t.value, unit), t);
    }
    void count(std::string_view setting, const Theirs& t) {
        const auto value = ascii::parse_decimal(t.value);
        if (!value) return conversion_.leave(t, "is no number");
        conversion_.set(setting, static_cast<std::int64_t>(std::min<std::uint64_t>(*value, INT64_MAX)), t);
    }
    void reply(const Theirs& t);
    void client(const Theirs& t, std::string entry);
    void recipient(const Theirs& t, const std::string& entry);
    void pattern(const Theirs& t, const std::string& text);
    void add_pattern_rules();
    template<class Take> void read_list(const std::string& file, std::string_view what, Take take);

    Conversion& conversion_;
    std::string path_;
    ListFiles files_;
    struct Joined {
        Theirs first;
        std::string text;
    };
    std::vector<Joined> patterns_; // as many in one as a condition holds
    Theirs nameless_;              // the first entry for clients without a confirmed name
    bool any_ = false, any_known_ = false;
};

/// Those of theirs that differ from ours; options come after them.
void Postgrey::set_defaults() {
    conversion_.set("greylist.unverified_expiry", std::string("2d"), {"--retry-window, by default", {}, path_, 0});
    conversion_.set("greylist.verified_expiry", std::string("35d"), {"--max-age, by default", {}, path_, 0});
}

void Postgrey::take_defaults(std::string_view text) {
    std::size_t line = 0;
    std::string joined; // of lines that end in a backslash
    std::size_t begin = 0;
    for (const std::string_view whole : ascii::split(text, '\n')) {
        ++line;
        if (joined.empty()) begin = line;
        joined += whole;
        if (joined.ends_with('\\')) {
            joined.pop_back();
            continue;
        }
        if (!ascii::trim(joined).starts_with('#') && std::ranges::count(joined, '"') % 2 != 0) {
            joined += '\n'; // quotes hold lines together
            continue;
        }
        const std::string one = std::exchange(joined, {});
        const std::string_view trimmed = ascii::trim(one);
        const std::size_t equals = trimmed.find('=');
        any_ = any_ || (!trimmed.empty() && !trimmed.starts_with('#'));
        if (trimmed.empty() || trimmed.starts_with('#') || equals == std::string_view::npos) continue;
        const std::string_view name = trimmed.substr(0, equals);
        any_known_ = any_known_ || name.starts_with("POSTGREY_");
        std::string value;
        for (const std::string& word : shell_words(trimmed.substr(equals + 1))) {
            if (word.starts_with('#')) break; // a comment behind the value
            value += (value.empty() ? "" : " ") + word;
        }
        if (name == "POSTGREY_TEXT") {
            if (!value.empty()) reply({"POSTGREY_TEXT", value, path_, begin});
            continue;
        }
        if (name != "POSTGREY_OPTS") {
            conversion_.leave({std::string(name), value, path_, begin}, "is no setting of postgrey's start");
            continue;
        }
        const auto words = shell_words(value);
        for (std::size_t i = 0; i < words.size(); ++i) {
            std::string word = words[i];
            if (word.starts_with('$')) continue; // $POSTGREY_OPTS: what stood there before
            if (!word.starts_with("--") && !word.starts_with('-')) {
                conversion_.leave({word, {}, path_, begin}, "is no option of postgrey's");
                continue;
            }
            const std::size_t sign = word.find('=');
            std::string given = sign == std::string::npos ? std::string() : word.substr(sign + 1);
            word = word.substr(0, sign);
            if (sign == std::string::npos && i + 1 < words.size() && !words[i + 1].starts_with('-')) given = words[++i];
            option(word, given, begin);
        }
    }
}

/// %s is the seconds left, %r the recipient's domain.
void Postgrey::reply(const Theirs& t) {
    std::string text = t.value;
    for (std::size_t at = 0; (at = text.find("%s", at)) != std::string::npos;) text.replace(at, 2, "{greylist.wait}");
    if (text.contains("%r")) return conversion_.leave(t, "%r has no counterpart; write greylist.reply without it");
    conversion_.set("greylist.reply", "451 4.7.1 " + text, t);
}

void Postgrey::option(const std::string& name, const std::string& value, std::size_t line) {
    const Theirs t{name, value, path_, line};
    if (name == "--delay") return seconds("greylist.delay", t, "s");
    if (name == "--max-age") return seconds("greylist.verified_expiry", t, "d");
    if (name == "--retry-window") {
        const bool hours = value.ends_with('h') || value.ends_with('H');
        Theirs number = t;
        if (hours) number.value.pop_back();
        return seconds("greylist.unverified_expiry", number, hours ? "h" : "d");
    }
    if (name == "--greylist-text") return reply(t);
    if (name == "--auto-whitelist-clients") return value.empty() ? void() : count("greylist.known_after", t);
    if (name == "--ipv4cidr") return count("greylist.ipv4_prefix", t);
    if (name == "--ipv6cidr") return count("greylist.ipv6_prefix", t);
    if (name == "--lookup-by-subnet") return;
    if (name == "--lookup-by-host") {
        conversion_.set("greylist.ipv4_prefix", std::int64_t{32}, t);
        return conversion_.set("greylist.ipv6_prefix", std::int64_t{128}, t);
    }
    if (name == "--privacy") return conversion_.set("ledger.addresses", std::string("hashed"), t);
    if (name == "--whitelist-clients") return files_.clients.push_back(value);
    if (name == "--whitelist-recipients") return files_.recipients.push_back(value);
    struct Why {
        std::string_view name, why;
    };
    constexpr std::string_view process = "systemd and the settings of [server] and [log] do that here";
    constexpr std::string_view socket = "no policy server is asked: take its check_policy_service out of main.cf";
    constexpr auto rows = std::to_array<Why>({
        {"--inet", socket},
        {"-i", socket},
        {"--unix", socket},
        {"-u", socket},
        {"--socketmode", socket},
        {"--listen-queue-size", socket},
        {"--exim", socket},
        {"--daemonize", process},
        {"-d", process},
        {"--pidfile", process},
        {"--user", process},
        {"--group", process},
        {"--verbose", "log.level"},
        {"-v", "log.level"},
        {"--quiet", "log.level"},
        {"-q", "log.level"},
        {"--syslog-facility", "log.target"},
        {"--syslogfacility", "log.target"},
        {"--facility", "log.target"},
        {"--hostname", "greylist.reply is written whole"},
        {"--dbdir", "the ledger keeps it (ledger.path); who is waiting now waits once more"},
        {"--greylist-action", "mail is put off with greylist.reply"},
        {"--x-greylist-header", "no field tells of the wait; the log and bonafide trace do"},
    });
    const auto row = std::ranges::find_if(rows, [&](const Why& r) { return r.name == name; });
    conversion_.leave(t, std::string(row == rows.end() ? "no option of postgrey 1.37 is called so" : row->why));
}

/// "/^mx\.example\.com$/" and "/\.example\.com$/" say no more than a name does; nothing: other patterns.
std::optional<std::string> name_of_pattern(std::string_view pattern) {
    pattern = pattern.substr(1, pattern.size() - 2);
    if (!pattern.ends_with('$')) return {};
    pattern.remove_suffix(1);
    const bool whole = pattern.starts_with('^');
    if (whole) pattern.remove_prefix(1);
    const bool any = pattern.starts_with(".*");
    if (any) pattern.remove_prefix(2);
    std::string name;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\' && i + 1 < pattern.size() && (pattern[i + 1] == '.' || pattern[i + 1] == '-'))
            name += pattern[++i];
        else if (ascii::is_alnum(pattern[i]) || pattern[i] == '-')
            name += pattern[i];
        else
            return {};
    }
    if (name.starts_with('.') == (whole && !any) || name.size() < 3) return {};
    return name;
}

/// "192.0.2" stands for all addresses that begin so.
std::optional<std::string> network_of(std::string_view entry) {
    if (ip::Prefix::parse(entry)) return std::string(entry);
    const auto parts = ascii::split(entry, '.');
    if (parts.size() != 2 && parts.size() != 3) return {}; // postgrey(8): "192.0.2" or "192.0"
    std::string address;
    for (const std::string_view part : parts) {
        if (!ascii::parse_decimal(part)) return {};
        address += std::string(part) + '.';
    }
    for (std::size_t i = parts.size(); i < 4; ++i) address += i < 3 ? "0." : "0";
    address += fmt::format("/{}", 8 * parts.size());
    return ip::Prefix::parse(address) ? std::optional(address) : std::nullopt;
}

bool is_pattern(std::string_view entry) { return entry.size() > 2 && entry.starts_with('/') && entry.ends_with('/'); }

/// What Postfix calls a client without a confirmed name.
bool is_for_the_nameless(std::string_view entry) {
    return ascii::iequals(entry, "unknown") || ascii::iequals(entry, "/^unknown$/") ||
           ascii::iequals(entry, "/unknown/") || ascii::iequals(entry, "/unknown$/") ||
           ascii::iequals(entry, "/^unknown/");
}

bool is_number(std::string_view text) { return !text.empty() && std::ranges::all_of(text, ascii::is_digit); }

void Postgrey::client(const Theirs& t, std::string entry) {
    const auto never_fits = [&](std::string_view why) {
        conversion_.leave({t.name, entry, t.file, t.line}, fmt::format("never fits in postgrey: {}", why));
    };
    if (is_for_the_nameless(entry)) {
        if (nameless_.name.empty()) nameless_ = t;
        return;
    }
    if (entry.find_first_of(" \t") != std::string::npos) return never_fits("an entry is one word");
    if (is_pattern(entry)) {
        if (const auto name = name_of_pattern(entry)) return conversion_.add("greylist.exempt_clients", *name, t);
        return pattern({t.name, entry, t.file, t.line}, entry.substr(1, entry.size() - 2));
    }
    if (const auto network = network_of(entry))
        return add_host(conversion_, "greylist.exempt_networks", *network, {t.name, entry, t.file, t.line});
    if (is_number(entry)) return never_fits("a network has two or three numbers, and no name ends in one");
    if (entry.find_first_of("*:%/") != std::string::npos)
        return never_fits("names are compared letter by letter, and a domain stands for all names below it already");
    entry = ascii::lower(entry);
    conversion_.add("greylist.exempt_clients", entry, t);
    if (!entry.starts_with('.')) conversion_.add("greylist.exempt_clients", "." + entry, t);
}

/// Perl's patterns become RE2's, which are the same but for look-around and back-references.
void Postgrey::pattern(const Theirs& t, const std::string& text) {
    if (text.size() > most_pattern_bytes || text.contains('\'') || text.contains("(?=") || text.contains("(?!") ||
        text.contains("(?<"))
        return conversion_.leave(t,
                                 "no pattern of a [[rule]] says this: name the domain (.example.com) or the networks");
    // Alone: one that is refused would take with it all it is joined to.
    if (const auto sound = policy::Pattern::parse(text); !sound) return conversion_.leave(t, sound.error().text);
    Theirs of = t;
    of.value.clear();
    const std::string one = fmt::format("(?:{})", text);
    if (!patterns_.empty() && patterns_.back().text.size() + 1 + one.size() <= most_pattern_bytes) {
        const std::string both = fmt::format("{}|{}", patterns_.back().text, one);
        if (policy::Pattern::parse(both)) { // not too large when it is compiled
            patterns_.back().text = both;
            return;
        }
    }
    patterns_.push_back({of, one});
}

/// What exempts by pattern has to be a rule.
void Postgrey::add_pattern_rules() {
    const auto add = [&](std::string name, std::string when, const Theirs& theirs, std::string from) {
        RuleText rule{std::move(name), std::move(when), "skip-greylist", "enforce", std::move(from)};
        if (const auto sound = check_rule(rule); !sound)
            conversion_.leave(theirs, sound.error().text);
        else
            conversion_.add_rule(std::move(rule));
    };
    std::size_t number = 0;
    for (const Joined& joined : patterns_)
        add(fmt::format("postgrey whitelist_clients {}", ++number), fmt::format("client.ptr matches '{}'", joined.text),
            joined.first, joined.first.shown() + " and below");
    if (!nameless_.name.empty())
        add("postgrey whitelist_clients without a name", "client.ptr is \"\"", nameless_, nameless_.shown());
}

void Postgrey::recipient(const Theirs& t, const std::string& entry) {
    if (is_pattern(entry))
        return conversion_.leave({t.name, entry, t.file, t.line},
                                 "patterns are not read: name the addresses or the domain");
    if (entry.find_first_of("* \t") != std::string::npos)
        return conversion_.leave({t.name, entry, t.file, t.line},
                                 "never fits in postgrey: an entry is one word and compared letter by letter");
    conversion_.add("greylist.exempt_recipients", ascii::lower(entry), t);
    if (!entry.contains('@') && !entry.starts_with('.'))
        conversion_.add("greylist.exempt_recipients", "." + ascii::lower(entry), t);
}

template<class Take> void Postgrey::read_list(const std::string& file, std::string_view what, Take take) {
    const auto text = conversion_.read(file);
    if (!text) return;
    std::size_t line = 0, rows = 0;
    for (const std::string_view whole : ascii::split(*text, '\n')) {
        ++line;
        // A comment begins anywhere, in a pattern too.
        const std::string_view entry = ascii::trim(whole.substr(0, whole.find('#')));
        if (entry.empty()) continue;
        const Theirs theirs{std::string(what), {}, file, line};
        if (++rows > most_rows) return conversion_.leave(theirs, fmt::format("a list has at most {} rows", most_rows));
        take(theirs, std::string(entry));
    }
}

void Postgrey::read_lists(const std::string& folder) {
    if (any_ && !any_known_)
        conversion_.refuse(path_, "is no file of postgrey's options: it sets neither POSTGREY_OPTS nor POSTGREY_TEXT");
    for (const std::string_view what : {"clients", "recipients"}) {
        std::vector<std::string>& files = what == "clients" ? files_.clients : files_.recipients;
        if (files.empty())
            for (const std::string_view end : {"", ".local"})
                files.push_back(fmt::format("{}/whitelist_{}{}", folder, what, end));
        for (const std::string& file : files) {
            if (file.ends_with(".local") && !conversion_.exists(file)) continue; // need not be there
            const std::string title = fmt::format("whitelist_{}", what);
            if (what == "clients")
                read_list(file, title, [this](const Theirs& t, std::string entry) { client(t, std::move(entry)); });
            else
                read_list(file, title, [this](const Theirs& t, const std::string& entry) { recipient(t, entry); });
        }
    }
    add_pattern_rules();
}

} // namespace

void convert_postgrey(Conversion& conversion, std::string_view text, const std::string& path,
                      const std::string& folder) {
    conversion.set("greylist.enabled", true, {"postgrey is in use", {}, path, 0});
    Postgrey postgrey(conversion, path);
    postgrey.set_defaults();
    postgrey.take_defaults(text);
    postgrey.read_lists(folder);
}

} // namespace bonafide::cli::moving
