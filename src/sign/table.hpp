// Who signs, and who may send: the two tables an operator writes. Pure; read once, then asked by any thread.
#pragma once

#include "base/error.hpp"
#include "sign/pattern.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::sign {

/// A domain whose keys sign; with a selector that key alone.
struct Signer {
    std::string domain;
    std::string selector{}; ///< empty: all active keys of the domain
    bool operator==(const Signer&) const = default;
};
/// "example.org" or "example.org/selector", in lower case and A-labels.
[[nodiscard]] Expected<Signer> parse_signer(std::string_view text);

/// The signing table: by From address, which domains sign.
class Table {
  public:
    static constexpr std::size_t most_signers = 4; ///< of one line

    /// "PATTERN SIGNER..." or "PATTERN none". Errors: no signer, too many, a pattern given twice.
    [[nodiscard]] Expected<void> add(std::string_view line);
    /// Null: the table says nothing of this address; the keys of its own domain sign. Empty: none.
    [[nodiscard]] const std::vector<Signer>* find(std::string_view address) const { return signers_.find(address); }
    [[nodiscard]] std::size_t size() const { return signers_.size(); }
    [[nodiscard]] const PatternMap<std::vector<Signer>>& all() const { return signers_; }

  private:
    PatternMap<std::vector<Signer>> signers_;
};

/// Which addresses a login may write in From.
class SenderTable {
  public:
    /// "LOGIN PATTERN...": the login as the mail server knows it (compared in lower case), or * for every login. Lines add up.
    [[nodiscard]] Expected<void> add(std::string_view line);
    /// Nothing: the login is not in the table.
    [[nodiscard]] std::optional<bool> may_send(std::string_view login, std::string_view address) const;
    [[nodiscard]] std::size_t size() const { return logins_.size(); }

  private:
    PatternMap<PatternMap<bool>> logins_;
};

/// The lines of a file: "#" begins a comment, empty lines count for nothing. `add` judges each.
/// Errors begin with the number of the line.
template<class Lines> [[nodiscard]] Expected<void> add_lines(Lines& table, std::string_view text);

} // namespace bonafide::sign
