// Carries out what sign::next_steps() says for the keys of a domain: asks DNS, makes keys, publishes, and writes each step down.
//
// An interruption at any moment leaves keys.json in a state that is one of the five and true, and the next pass finds the step again:
// a key is `published` only after the update was taken or the record was seen, `active` in one write with the retiring of its forerunner,
// `revoked` before its record says so. Publishing replaces the record, so that doing it twice does no harm.
// Blocking (DNS, files): for commands, and for a thread of its own in the daemon.
#pragma once

#include "base/error.hpp"
#include "dns/source.hpp"
#include "engine/settings.hpp"
#include "io/key_folder.hpp"
#include "sign/key_steps.hpp"
#include "sign/record.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

/// Where records of keys are looked at and put.
class KeyDns {
  public:
    KeyDns() = default;
    KeyDns(const KeyDns&) = delete;
    KeyDns& operator=(const KeyDns&) = delete;
    virtual ~KeyDns() = default;
    /// What its servers show of this key. Never fails: unknown, with the reason.
    [[nodiscard]] virtual sign::Sight look(const sign::Key& key, const std::string& domain) = 0;
    /// False: a person publishes.
    [[nodiscard]] virtual bool publishes() const = 0;
    /// Replaces the record at its name, which look() saw before; when it returns, the server has taken it.
    [[nodiscard]] virtual Expected<void> publish(const sign::Record& record) = 0;
};

/// Looks through one source of answers (a zone file, a resolver), which counts as the one server.
class SourceKeyDns final : public KeyDns {
  public:
    explicit SourceKeyDns(std::shared_ptr<const dns::Source> source) : source_(std::move(source)) {}
    [[nodiscard]] sign::Sight look(const sign::Key& key, const std::string& domain) override;
    [[nodiscard]] bool publishes() const override { return false; }
    [[nodiscard]] Expected<void> publish(const sign::Record& record) override;

  private:
    std::shared_ptr<const dns::Source> source_;
};

[[nodiscard]] sign::Times key_times(const Settings& settings);

/// One thing that was done, or should be.
struct KeyEvent {
    std::string domain;
    std::string selector; ///< empty: of the domain
    std::string_view
        name;         ///< "key.generated", "key.published", "key.shown", "key.hidden", "key.activated", "key.retiring",
                      ///< "key.revoked", "key.forgotten", "key.wanted" (a person must publish), "key.trouble"
    std::string text; ///< in words
};

struct KeyTender {
    const io::KeyFolder& folder;
    KeyDns& dns;
    sign::Times times;
    std::uint32_t ttl = 3600;
    std::int64_t now = 0;
    unsigned rsa_bits = 2048; ///< of successors
    std::function<void(const KeyEvent&)> tell{};
    std::function<bool()> is_ending{}; ///< asked between exchanges; true: the pass ends where it is
    /// For tests: called between any two things that are done, with the name of the moment.
    std::function<void(std::string_view)> moment{};
};

/// One pass over a domain. Errors: its keys cannot be read or written; what DNS does is told as an event and tried again next time.
[[nodiscard]] Expected<void> tend(const KeyTender& tender, const std::string& domain);

/// A pass may do something for some key. (A record that vanishes under a key that signs is noticed where it signs.)
[[nodiscard]] bool is_due(const sign::Ring& ring, std::int64_t now, const sign::Times& times);

} // namespace bonafide::engine
