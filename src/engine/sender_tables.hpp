// Recipients' safe and blocked senders for the daemon: read at the start, then kept fresh by a thread of its own, which looks at the sources
// every recipients.reload (sender_sources.hpp). What cannot be read keeps what it said before; log and metrics say so. Thread-safe.
#pragma once

#include "engine/sender_sources.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace bonafide::engine {

struct SenderTableEvents {
    /// "recipients.failed" whenever something else cannot be read than before, "recipients.recovered" once all can. On any thread.
    std::function<void(std::string_view event, std::string_view why)> on_warning;
    /// The sources say something else than before; not told of start() and configure(). On any thread.
    std::function<void(SenderSource::Value)> on_change;
};

class SenderTables {
  public:
    struct Counters {
        std::size_t entries = 0;
        std::size_t scripts = 0; ///< of users
        bool failing = false;    ///< something cannot be read
    };

    /// Reads all sources; an error where one cannot be read, but for single users' scripts.
    [[nodiscard]] static Expected<std::unique_ptr<SenderTables>> start(const std::shared_ptr<const Settings>& settings,
                                                                       SenderTableEvents events);
    ~SenderTables();
    SenderTables(const SenderTables&) = delete;
    SenderTables& operator=(const SenderTables&) = delete;

    /// Null where the settings name no source.
    [[nodiscard]] SenderSource::Value current() const;
    /// A reload; as start(). An error leaves all as it was.
    [[nodiscard]] Expected<void> configure(const std::shared_ptr<const Settings>& settings);
    /// Looks at the sources now.
    void refresh();
    [[nodiscard]] Counters counters() const;

  private:
    struct State;
    explicit SenderTables(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace bonafide::engine
