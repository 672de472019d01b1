// Moving in: what another program's configuration says, as ours. The conversions (moving_opendkim.cpp and the like) are pure: files come
// through Files, everything goes into a Conversion, and nothing is an error but that the first file cannot be read: what has no
// counterpart, or a value that ours does not take, is listed with what to do instead.
#pragma once

#include "base/error.hpp"
#include "engine/settings_table.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::cli::moving {

inline constexpr std::size_t most_file_bytes = 1 << 24; ///< of one of their files: 10,000 rows are a hundredth of it
inline constexpr std::size_t most_rows = 100'000;       ///< of one table, as many as a list of ours holds
inline constexpr std::size_t most_files = 100;          ///< that one configuration leads to
inline constexpr std::size_t most_include_depth = 8;    ///< of files that include files

/// The files that a configuration leads to, by the path that it writes.
struct Files {
    std::function<Expected<std::string>(const std::string& path)> read; ///< the content, or why it cannot be had
    std::function<bool(const std::string& path)> exists;
    std::string root{}; ///< stands before absolute paths, of a configuration that was copied from another machine
};

/// One setting of theirs and where it stands.
struct Theirs {
    std::string name;
    std::string value{};
    std::string file{};
    std::size_t line = 0; ///< 0: not in a file, a default of theirs
    /// "Canonicalization (/etc/opendkim.conf:12)".
    [[nodiscard]] std::string shown() const;
};

/// A row of a file: its first word, and what follows.
struct Row {
    std::string key;
    std::string value;
    std::string file;
    std::size_t line = 0;
};

struct LeftOut {
    Theirs theirs;
    std::string why; ///< and what to do instead
};
struct Unread {
    std::string file;
    std::string why;
};
/// A key to be imported; the file as --root makes it.
struct Key {
    std::string domain;
    std::string selector;
    std::string file;
    bool is_first = true; ///< of its domain: it is activated. Of a type one key signs, and the file is not looked into
    [[nodiscard]] std::string command() const;
    [[nodiscard]] std::string activation() const;
    bool operator==(const Key&) const = default;
};
struct RuleText {
    std::string name;
    std::string when;
    std::string then;
    std::string mode;
    std::string from;
};
/// That a configuration with this rule alone loads.
[[nodiscard]] Expected<void> check_rule(const RuleText& rule);
[[nodiscard]] Expected<void> check_set_entry(std::string_view entry);
struct SetText {
    std::string name;
    std::vector<std::string> entries;
    std::string from;
};

/// What an import collects, then prints. Not thread-safe; one for one run.
class Conversion {
  public:
    Conversion(std::string_view program, Files files) : program_(program), source_(std::move(files)) {}

    /// A value of ours; the last one counts. One that ours does not take is left out with its error.
    void set(std::string_view setting, const engine::RawValue& value, const Theirs& theirs);
    /// The name of a file, which must be there: with one that is not our configuration would not load.
    void set_file(std::string_view setting, const Theirs& theirs);
    /// An entry of a list of ours, once. Lists begin empty, but for those that keep_default() names.
    void add(std::string_view setting, std::string entry, const Theirs& theirs);
    void keep_default(std::string_view setting);
    void leave(const Theirs& theirs, std::string why) { left_out_.push_back({theirs, std::move(why)}); }
    /// Once. Of a second selector of a domain it is told that its key signs only where its type differs.
    void add_key(Key key);
    /// The file is not what it should be: like one that cannot be read.
    void refuse(const std::string& file, std::string why) { unread_.push_back({file, std::move(why)}); }
    void add_rule(RuleText rule) { rules_.push_back(std::move(rule)); }
    void add_set(SetText set) { sets_.push_back(std::move(set)); }

    /// The content of a file, or nothing, which is then told: it cannot be read, is no text, or there are too many.
    [[nodiscard]] std::optional<std::string> read(const std::string& file);
    [[nodiscard]] bool exists(const std::string& file) const { return source_.exists(file); }
    [[nodiscard]] const std::string& root() const { return source_.root; }
    /// Rows of a file, "#" lines left out, at most most_rows (more are told). Nothing: it cannot be read.
    [[nodiscard]] std::optional<std::vector<Row>> read_rows(const std::string& file);

    /// What has been collected, with the lists in their places.
    struct Result {
        engine::Settings settings;
        std::vector<std::string_view> differing; ///< names, in the order of the settings table
        const std::map<std::string, std::vector<std::string>, std::less<>>& from;
        const std::vector<RuleText>& rules;
        const std::vector<SetText>& sets;
        const std::vector<Key>& keys;
        const std::vector<LeftOut>& left_out;
        const std::vector<Unread>& unread;
        std::string_view program;
    };
    [[nodiscard]] Result result() const& [[clang::lifetimebound]];

  private:
    struct List {
        std::vector<std::string> entries;
        std::set<std::string> known;
    };
    void note(std::string_view setting, const Theirs& theirs);

    std::string_view program_;
    Files source_;
    std::size_t files_ = 0;
    engine::Settings settings_;
    std::map<std::string, List, std::less<>> lists_;
    std::map<std::string, std::vector<std::string>, std::less<>> from_; // by setting of ours
    std::vector<RuleText> rules_;
    std::vector<SetText> sets_;
    std::vector<Key> keys_;
    std::set<std::string> known_keys_;
    std::map<std::string, std::string> first_selectors_; // by domain
    std::vector<LeftOut> left_out_;
    std::vector<Unread> unread_;
};

/// A configuration of ours in TOML, with what could not be carried over as comments behind it. Settings stand in their sections, so that
/// they can go below the headers of a file that has these. It loads.
[[nodiscard]] std::string to_toml(const Conversion::Result& result);
[[nodiscard]] std::string to_json(const Conversion::Result& result);

/// One host: addresses and networks go to `setting`. Names, exceptions ("!") and networks of everybody are left out.
void add_host(Conversion& conversion, std::string_view setting, std::string_view entry, const Theirs& theirs);
/// A list of hosts of OpenDKIM's or OpenDMARC's, of which the nearest entry counts: networks are added without the exceptions ("!") in
/// them, in pieces; one that would need more than most_pieces is left out.
struct HostEntry {
    std::string text;
    Theirs theirs;
};
inline constexpr std::size_t most_pieces = 200; ///< of one network: an exception of one IPv6 address in a /32 makes 96
inline constexpr std::size_t most_exceptions = 1000; ///< of one list; with more all its networks are left out
void add_hosts(Conversion& conversion, std::string_view setting, const std::vector<HostEntry>& entries);
/// "192.0.2.0/24"; of a single address that alone.
[[nodiscard]] std::string network_text(const ip::Prefix& network);
/// "inet:8891@localhost", "local:/path" as server.listen has it; empty: not of that form.
[[nodiscard]] std::string listen_address(std::string_view socket);

/// "yes", "true", "1" and the like; nothing: neither yes nor no.
[[nodiscard]] std::optional<bool> parse_flag(std::string_view text);
/// Words between commas and blanks.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text, std::string_view separators = ", \t");

/// "KEYWORD VALUE" a line, as OpenDKIM and OpenDMARC have it, or "KEY = VALUE" (policyd-spf); "#" begins a comment.
enum class Assignment : std::uint8_t { blank, equals };
[[nodiscard]] std::vector<Theirs> read_settings(std::string_view text, const std::string& file, Assignment form);

/// The conversions. `path` is the configuration's file; `text` its content.
void convert_opendkim(Conversion& conversion, std::string_view text, const std::string& path);
void convert_opendmarc(Conversion& conversion, std::string_view text, const std::string& path);
void convert_policyd_spf(Conversion& conversion, std::string_view text, const std::string& path);
/// `text` is that of /etc/default/postgrey, or nothing; white-lists lie in `folder` where no option says otherwise.
void convert_postgrey(Conversion& conversion, std::string_view text, const std::string& path,
                      const std::string& folder);

} // namespace bonafide::cli::moving
