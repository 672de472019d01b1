#include "cli/moving_signing_table.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "sign/table.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unordered_map>

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
        for (const Row& row : tables_.signing) read_line(row);
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

    void read_line(const Row& row) {
        const Theirs theirs = as_theirs("SigningTable", row);
        const auto words = split_list(row.value, " \t,");
        if (words.empty()) return conversion_.leave(theirs, "names no key");
        const std::string pattern = pattern_of(row.key, tables_.kind);
        if (pattern.empty())
            return conversion_.leave(theirs, "no pattern of signing.table says this: write ann@example.org, "
                                             "example.org, .example.org (all below it) or *");
        const std::string name = words[0] == "%" ? pattern : words[0];
        const auto found = keys_.find(name);
        if (found == keys_.end()) return conversion_.leave(theirs, "KeyTable has no such key");
        const auto signer = signer_of(found->second, pattern, theirs);
        if (!signer) return;
        if (words.size() > 1)
            conversion_.leave(theirs, "the row is carried over without its second name: i= is not set here");
        add(pattern, *signer, theirs);
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

    void add(const std::string& pattern, sign::Signer signer, const Theirs& theirs) {
        if (tables_.kind == TableKind::pattern && !tables_.several_signatures)
            for (const std::string& other : wider(pattern))
                if (places_.contains(other) && !places_.contains(pattern))
                    return conversion_.leave(
                        theirs, fmt::format("is never reached: the row for {} before it fits first", other));
        const auto [place, is_new] = places_.try_emplace(pattern, lines_.size());
        if (is_new) {
            lines_.push_back({pattern, {std::move(signer)}, theirs});
            return;
        }
        if (!tables_.several_signatures) return conversion_.leave(theirs, "an earlier row has the same pattern");
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
