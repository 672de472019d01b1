// What `verify` writes about each of several messages, a line each, and how a later run reads it back to go on.
//   text:  NAME TAB RESULT TAB SENTENCE    NAME is the path, of a message in an mbox "path:offset"; RESULT is DMARC's, "unknown" when it
//          could not be told, "error" when the message could not be read
//   JSON:  {"file":..,"offset":..,} and the members of `verify --json`; or {"file","offset","error"}
//          A path that is no valid UTF-8 has its exact bytes in "file_base64" beside it.
#pragma once

#include "cli/messages.hpp"
#include "engine/transaction.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::cli {

enum class ResultForm : std::uint8_t { text, json };

/// How many messages there are of each outcome.
class Tally {
  public:
    /// The DMARC results, then "unknown" and "error".
    static constexpr std::array<std::string_view, 7> words{"pass",      "fail",    "none", "temperror",
                                                           "permerror", "unknown", "error"};

    /// False when this is none of the words.
    bool add(std::string_view word);
    void add(const Tally& other);
    [[nodiscard]] std::uint64_t count(std::string_view word) const;
    [[nodiscard]] std::uint64_t total() const;
    /// "pass 3, fail 1"; only what there is.
    [[nodiscard]] std::string to_text() const;

  private:
    std::array<std::uint64_t, words.size()> counts_{};
};

/// The word of a verdict.
[[nodiscard]] std::string_view outcome_word(const engine::Finished& finished);

/// The name as the text form has it: one line, no tab, a name for each message only.
[[nodiscard]] std::string to_text(const MessageName& name);

/// With its line feed.
[[nodiscard]] std::string result_line(const MessageName& name, const engine::Finished& finished,
                                      const std::string& authserv_id, ResultForm form);
[[nodiscard]] std::string error_line(const MessageName& name, std::string_view error, ResultForm form);

/// The messages an earlier run has written about. Of each only 64 bits of a keyed hash are kept: among a million messages the chance that
/// one is taken for another is about 1 in 40 million.
class Remembered {
  public:
    Remembered();
    /// A name as to_text() has it.
    void add(std::string_view name);
    /// After the last add().
    void sort();
    [[nodiscard]] bool contains(std::string_view name) const;

  private:
    [[nodiscard]] std::uint64_t hash(std::string_view name) const;

    std::string key_; // random: nobody can choose names that collide
    std::vector<std::uint64_t> hashes_;
};

/// What a file of results holds.
struct EarlierResults {
    Remembered messages;
    Tally tally;
    std::uint64_t bytes = 0; ///< of whole lines; what follows is one that was cut off
};

/// A file that does not exist holds nothing; one with lines of another form is an error.
[[nodiscard]] Expected<EarlierResults> read_results(const std::string& file, ResultForm form);

} // namespace bonafide::cli
