#include "cli/moving_signing_table.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "sign/table.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unordered_map>
#include <unordered_set>

namespace bonafide::cli::moving {
namespace {

/// A row of the KeyTable.
struct NamedKey {
    Row row;
    std::string domain; ///< "%": the From domain
    std::string selector;
    std::string file;
    bool used = false;
};

struct Line {
    std::string pattern;
    std::vector<sign::Signer> signers;
    Theirs theirs;
};

Theirs as_theirs(std::string_view what, const Row& row) {
    return {fmt::format("{} {}", what, row.key), row.value, row.file, row.line};
}

/// Patterns that fit whatever this one fits, the nearest first.
std::vector<std::string> wider(std::string_view pattern) {
    std::vector<std::string> all;
    if (const std::size_t at = pattern.rfind('@'); at != std::string_view::npos) {
        pattern.remove_prefix(at + 1);
        all.emplace_back(pattern);
    }
    for (std::size_t dot = pattern.find('.', pattern.starts_with('.') ? 1 : 0); dot != std::string_view::npos;
         dot = pattern.find('.', 1)) {
        pattern.remove_prefix(dot);
        all.emplace_back(pattern);
    }
    if (pattern != "*") all.emplace_back("*");
    return all;
}

std::string replaced(std::string_view text, std::string_view domain) {
    std::string out;
    for (const char c : text) out += c == '%' ? std::string(domain) : std::string(1, c);
    return out;
}

class Tables {
  public:
    Tables(Conversion& conversion, const SigningTables& tables) : conversion_(conversion), tables_(tables) {}

    void convert() {
        for (const Row& row : tables_.keys) read_key(row);
        find_domain_keys();
        for (const Row& row : tables_.signing) read_line(row);
        // Of an exact table the nearest row counts, wherever it stands.
        std::ranges::sort(for_each_, std::ranges::greater(), [](const auto& one) { return one.first.size(); });
        for (const auto& [pattern, theirs] : for_each_) add_each_domain(pattern, theirs);
        if (tables_.several_signatures) add_wider_signers();
        for (const Line& line : lines_) write(line);
        for (const Row& row : tables_.keys)
            if (const auto key = keys_.find(row.key);
                key != keys_.end() && !key->second.used && key->second.row.line == row.line)
                conversion_.leave(as_theirs("KeyTable", row), "no row of SigningTable names this key");
    }

  private:
    void read_key(const Row& row) {
        const std::size_t first = row.value.find(':');
        const std::size_t second = first == std::string::npos ? first : row.value.find(':', first + 1);
        if (second == std::string::npos)
            return conversion_.leave(as_theirs("KeyTable", row), "is not DOMAIN:SELECTOR:FILE");
        NamedKey key{row, row.value.substr(0, first), row.value.substr(first + 1, second - first - 1),
                     row.value.substr(second + 1)};
        if (!key.file.starts_with('/') && !key.file.starts_with("./") && !key.file.starts_with("../")) {
            Row hidden = row;
            hidden.value = fmt::format("{}:{}:...", key.domain, key.selector); // no private key on a terminal
            return conversion_.leave(as_theirs("KeyTable", hidden),
                                     "the key stands in the table itself: put it into a file and import that");
        }
        if (key.file.starts_with('/')) key.file.insert(0, tables_.root);
        if (!keys_.try_emplace(row.key, std::move(key)).second)
            conversion_.leave(as_theirs("KeyTable", row), "the name is there already");
    }

    /// opendkim(8), data sets: the entries of a value are parted by colons, and by nothing else.
    static std::string_view first_entry(std::string_view value) {
        return ascii::trim(value.substr(0, value.find(':')));
    }
    static bool is_wide(std::string_view pattern) { return pattern == "*" || pattern.starts_with('.'); }

    /// The rows of the KeyTable that are called by domains, by each pattern of a row with "%" that takes the domain in.
    void find_domain_keys() {
        for (const Row& row : tables_.signing)
            if (first_entry(row.value) == "%")
                if (const std::string pattern = pattern_of(row.key, tables_.kind); is_wide(pattern))
                    domain_keys_.try_emplace(pattern);
        if (domain_keys_.empty()) return;
        for (const Row& row : tables_.keys) {
            if (!row.key.contains('.') || row.key.starts_with('.') ||
                row.key.find_first_of("*@%") != std::string::npos || sign::normalize_pattern(row.key) != row.key)
                continue;
            for (const std::string& pattern : wider(row.key))
                if (const auto found = domain_keys_.find(pattern); found != domain_keys_.end())
                    found->second.push_back(&row);
        }
    }

    void read_line(const Row& row) {
        const Theirs theirs = as_theirs("SigningTable", row);
        const std::string name(first_entry(row.value));
        if (name.empty()) return conversion_.leave(theirs, "names no key");
        if (tables_.kind == TableKind::pattern && row.key.find_first_of("*@") == std::string::npos)
            return conversion_.leave(theirs, "never fits: of a refile the whole address is compared, user and domain; "
                                             "for all users of a domain theirs is *@example.org");
        const std::string pattern = pattern_of(row.key, tables_.kind);
        if (pattern.empty())
            return conversion_.leave(theirs, "no pattern of signing.table says this: write ann@example.org, "
                                             "example.org, .example.org (all below it) or *");
        if (row.value.contains(':'))
            conversion_.leave(theirs, "the row is carried over without its second name: i= is not set here");
        if (name == "%" && is_wide(pattern)) {
            if (tables_.kind == TableKind::pattern) return add_each_domain(pattern, theirs);
            return for_each_.emplace_back(pattern, theirs), void();
        }
        const auto found = keys_.find(name == "%" ? pattern.substr(pattern.find('@') + 1) : name);
        if (found == keys_.end()) return conversion_.leave(theirs, "KeyTable has no such key");
        if (const auto signer = signer_of(found->second, pattern, theirs)) add(pattern, *signer, theirs);
    }

    /// "%" as the key's name is the domain of From: each row of the KeyTable that is called by a domain the pattern takes in.
    void add_each_domain(const std::string& pattern, const Theirs& theirs) {
        if (is_hidden(pattern, theirs)) return;
        bool any = false;
        for (const Row* row : domain_keys_[pattern]) {
            const auto found = keys_.find(row->key);
            if (found == keys_.end() || found->second.row.line != row->line) continue;
            any = true;
            if (!tables_.several_signatures && is_taken(row->key, pattern)) continue;
            if (auto signer = signer_of(found->second, row->key, theirs)) put(row->key, *std::move(signer), theirs);
        }
        if (!any) conversion_.leave(theirs, "no row of KeyTable is called by a domain that this takes in");
        if (tables_.kind == TableKind::pattern) passed_.insert(pattern);
    }

    /// Nothing: told already.
    std::optional<sign::Signer> signer_of(NamedKey& key, const std::string& pattern, const Theirs& theirs) {
        const bool is_domain = pattern != "*" && !pattern.starts_with('.');
        const std::string domain = is_domain ? pattern.substr(pattern.rfind('@') + 1) : std::string();
        if ((key.domain == "%" || key.file.contains('%')) && domain.empty()) {
            key.used = true;
            conversion_.leave(theirs, "one key for every From domain: import it for each domain (bonafide keys import "
                                      "DOMAIN SELECTOR FILE), then each signs its own mail without a line");
            return {};
        }
        key.used = true;
        sign::Signer signer{ascii::lower(key.domain == "%" ? domain : key.domain), ascii::lower(key.selector)};
        conversion_.add_key({signer.domain, key.selector, replaced(key.file, domain)});
        auto& selectors = selectors_[signer.domain];
        if (std::ranges::find(selectors, signer.selector) == selectors.end()) selectors.push_back(signer.selector);
        return signer;
    }

    /// The pattern of a row before that takes all this one does; nothing: the row is reached.
    [[nodiscard]] std::optional<std::string> hiding(const std::string& pattern) const {
        if (tables_.kind == TableKind::exact || tables_.several_signatures) return {};
        for (const std::string& other : wider(pattern))
            if (places_.contains(other) || passed_.contains(other)) return other;
        return {};
    }
    /// A row before that of `pattern`, or in an exact table one nearer to the domain, has it.
    [[nodiscard]] bool is_taken(const std::string& domain, std::string_view pattern) const {
        if (places_.contains(domain) || hiding(domain)) return true;
        if (tables_.kind == TableKind::pattern) return false;
        for (const std::string& other : wider(domain)) {
            if (other == pattern) return false;
            if (places_.contains(other)) return true;
        }
        return false;
    }
    /// Then it is told.
    bool is_hidden(const std::string& pattern, const Theirs& theirs) {
        if (tables_.several_signatures) return false;
        if (places_.contains(pattern) || passed_.contains(pattern)) {
            conversion_.leave(theirs, "an earlier row has the same pattern");
            return true;
        }
        const auto other = hiding(pattern);
        if (other)
            conversion_.leave(theirs, fmt::format("is never reached: the row for {} before it fits first", *other));
        return other.has_value();
    }

    void add(const std::string& pattern, sign::Signer signer, const Theirs& theirs) {
        if (!is_hidden(pattern, theirs)) put(pattern, std::move(signer), theirs);
    }

    void put(const std::string& pattern, sign::Signer signer, const Theirs& theirs) {
        const auto [place, is_new] = places_.try_emplace(pattern, lines_.size());
        if (is_new)
            lines_.push_back({pattern, {std::move(signer)}, theirs});
        else
            put(lines_[place->second], std::move(signer));
    }

    void put(Line& line, sign::Signer signer) {
        if (std::ranges::find(line.signers, signer) != line.signers.end()) return;
        if (line.signers.size() == sign::Table::most_signers)
            return conversion_.leave(line.theirs, fmt::format("{} would be the {}th signer: a line has at most {}",
                                                              escape::line(signer.domain), line.signers.size() + 1,
                                                              sign::Table::most_signers));
        line.signers.push_back(std::move(signer));
    }

    /// All rows that fit sign in OpenDKIM, the most specific line alone in ours.
    void add_wider_signers() {
        std::vector<std::vector<sign::Signer>> more(lines_.size());
        for (std::size_t i = 0; i < lines_.size(); ++i)
            for (const std::string& other : wider(lines_[i].pattern))
                if (const auto place = places_.find(other); place != places_.end())
                    more[i].insert(more[i].end(), lines_[place->second].signers.begin(),
                                   lines_[place->second].signers.end());
        for (std::size_t i = 0; i < lines_.size(); ++i)
            for (sign::Signer& signer : more[i]) put(lines_[i], std::move(signer));
    }

    /// That a domain signs its own mail needs no line.
    [[nodiscard]] bool is_needless(const Line& line) const {
        if (line.signers.size() != 1 || line.signers[0].domain != line.pattern) return false;
        if (selectors_.at(line.pattern).size() > 1) return false;
        return std::ranges::none_of(wider(line.pattern),
                                    [&](const std::string& other) { return places_.contains(other); });
    }

    void write(const Line& line) {
        if (is_needless(line)) return;
        std::string text = line.pattern;
        for (const sign::Signer& signer : line.signers) {
            text += ' ' + signer.domain;
            if (selectors_.at(signer.domain).size() > 1) text += '/' + signer.selector;
        }
        conversion_.add("signing.table", std::move(text), {"SigningTable", {}, line.theirs.file, 0});
    }

    Conversion& conversion_;
    const SigningTables& tables_;
    std::unordered_map<std::string, NamedKey> keys_;
    std::unordered_map<std::string, std::vector<std::string>> selectors_; // of each signing domain
    std::vector<Line> lines_;
    std::unordered_map<std::string, std::size_t> places_; // of each pattern in lines_
    std::unordered_map<std::string, std::vector<const Row*>> domain_keys_;
    std::vector<std::pair<std::string, Theirs>> for_each_; // rows with "%" of an exact table
    std::unordered_set<std::string> passed_;               // patterns of rows with "%", which are no lines
};

} // namespace

std::string pattern_of(std::string_view theirs, TableKind kind) {
    std::string text = ascii::lower(theirs);
    if (kind == TableKind::pattern) {
        if (text == "*@*") text = "*";
        if (text != "*" && text.starts_with("*@"))
            text.erase(0, 2);
        else if (text.starts_with("*."))
            text.erase(0, 1);
        if (text.starts_with("*.")) text.erase(0, 1); // "*@*.example.org"
    }
    if (text != "*" && text.contains('*')) return {};
    return sign::normalize_pattern(text).value_or("");
}

void convert_tables(Conversion& conversion, const SigningTables& tables) { Tables(conversion, tables).convert(); }

} // namespace bonafide::cli::moving
