// Which of several keys of one domain makes a signature: the first whose record is in DNS as it should be. Refuse to hurt: a signature
// under a key that nobody finds is worse than none.
//
// Order: start() once; then, when the driver has nothing pending, chosen(). Outlives its driver's flows.
#pragma once

#include "base/limits.hpp"
#include "dkim/key_record.hpp"
#include "engine/driver.hpp"
#include "engine/settings.hpp"
#include "engine/signing_keys.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bonafide::engine {

/// Why a key did not sign.
struct KeyTrouble {
    std::string domain, selector;
    std::string why; ///< escaped
    bool operator==(const KeyTrouble&) const = default;
};

class KeyChoice {
  public:
    /// What the choice goes by.
    struct Care {
        bool check_dns = true;
        OnMismatch on_mismatch = OnMismatch::other;
        Limits limits;
    };
    /// `candidates`, never empty: the first one signs where its record is there, under OnMismatch::other the next one where it is not.
    KeyChoice(SigningKeys::Keys candidates, Care care) : candidates_(std::move(candidates)), care_(care) {}

    /// Looks the first record up; `progress` is called behind each answer, possibly before this returns.
    void start(Driver& driver, std::function<void()> progress);
    /// Null: none of them signs.
    [[nodiscard]] const SigningKey* chosen() const& {
        return check_ == Check::good || check_ == Check::unknown ? candidates_[at_].get() : nullptr;
    }
    [[nodiscard]] const std::vector<KeyTrouble>& troubles() const& { return troubles_; }

  private:
    enum class Check : std::uint8_t { waiting, good, unknown, bad };
    void ask();
    void learn(const dkim::FetchedKey& found);
    void refuse(std::string why); ///< the next candidate is to be asked about, or there is none

    SigningKeys::Keys candidates_;
    Care care_;
    std::size_t at_ = 0; // of the candidate that is looked at
    Check check_ = Check::waiting;
    Driver* driver_ = nullptr;
    std::function<void()> progress_;
    std::vector<KeyTrouble> troubles_;
};

} // namespace bonafide::engine
