// What became of the mail of the simulated year, by kind, under plain DMARC and under ours; and how that is told.
#pragma once

#include "verdict/judgement.hpp"
#include "year_mail.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace bonafide::year {

/// Processor time of calls to judge().
struct Cost {
    std::uint64_t calls = 0, nanoseconds = 0;
    [[nodiscard]] double microseconds() const {
        return calls == 0 ? 0 : static_cast<double>(nanoseconds) / 1000 / static_cast<double>(calls);
    }
};

class Tally {
  public:
    /// Whether plain DMARC delivers: it honours quarantine and reject as published and lets everything else in.
    [[nodiscard]] static bool plain_delivers(const verdict::Facts& facts);
    /// Whether ours does: marked mail is in the inbox too.
    [[nodiscard]] static bool ours_delivers(const verdict::Judgement& judgement);

    void count(const Mail& mail, const verdict::Facts& facts, const verdict::Judgement& judgement);

    struct Sum {
        std::uint64_t all = 0, plain = 0, ours = 0; ///< messages; of them delivered by either
    };
    [[nodiscard]] Sum sum(Side side) const;
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::string json() const;

    std::uint64_t seed = 0;
    Cost with_history, without_history;
    std::size_t pasts = 0;
    std::uint64_t words_ham = 0, words_spam = 0; ///< of people

  private:
    struct Row {
        Sum sum;
        std::array<std::uint64_t, 5> suggestions{};
    };
    std::array<Row, kinds> rows_{};
    std::map<std::string, std::array<std::uint64_t, 3>> codes_; ///< by "pass 100", by Side
    std::uint64_t first_contacts_ = 0, first_contacts_refused_ = 0;
};

} // namespace bonafide::year
