// The daemon's own `bonafide keys tend`: a thread that looks at the folder of keys now and then and carries on those whose time has come.
// What it changes in keys.json the signing source takes up by itself (signing.reload). It never holds up mail.
//
// Events: key.generated, key.published, key.shown, key.hidden, key.activated, key.retiring, key.revoked, key.forgotten, and as warnings
// key.wanted (a person must publish a record) and key.trouble; the latter two once, until they change. Metric bonafide_key_events_total.
#pragma once

#include "engine/settings.hpp"
#include "io/log.hpp"
#include "io/metrics.hpp"

#include <chrono>
#include <memory>

namespace bonafide::engine {

class KeyMaintenance {
  public:
    /// The thread begins here. `log` and `metrics` outlive it.
    KeyMaintenance(io::Logger& log, io::Metrics& metrics, std::shared_ptr<const Settings> settings);
    KeyMaintenance(const KeyMaintenance&) = delete;
    KeyMaintenance& operator=(const KeyMaintenance&) = delete;
    ~KeyMaintenance();

    /// Other settings from the next pass on, which comes at once.
    void configure(std::shared_ptr<const Settings> settings);
    /// Ends after the exchange that is under way; idempotent.
    void stop();

    /// Ten times signing.reload, at most an hour.
    [[nodiscard]] static std::chrono::milliseconds interval(const Settings& settings);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace bonafide::engine
