// The running daemon without its process matters (signals, configuration file): milter listeners on worker threads, a resolver each,
// the shared answer cache, metrics over HTTP, reload, drain. `serve` and `demo` both run one.
//
// Order: start; reload any number of times; stop. From one thread that is not a worker. The Logger outlives the Service.
#pragma once

#include "base/error.hpp"
#include "engine/milter_door.hpp"
#include "engine/settings.hpp"
#include "io/log.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bonafide::engine {

class Service {
  public:
    using Observer = std::function<void(const MessageEvent&)>;

    /// Binds every listener, makes the resolvers, and only then accepts connections. Errors are one line for the operator: an address in
    /// use, a zone file that does not parse, a resolver that cannot be set up.
    /// `observer`, when given, is told of each message after the log, on a worker thread.
    [[nodiscard]] static Expected<std::unique_ptr<Service>> start(std::shared_ptr<const Settings> settings,
                                                                  io::Logger& log, Observer observer = {});
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// The milter addresses as bound, e.g. "inet:127.0.0.1:8899".
    [[nodiscard]] const std::vector<std::string>& addresses() const&;
    /// The metrics port as bound; 0 when metrics are off.
    [[nodiscard]] std::uint16_t metrics_port() const;
    /// The ledger file in use; empty: histories live in memory.
    [[nodiscard]] const std::string& ledger() const&;

    /// New settings for new connections; those under way keep theirs. Files are read again: zone or resolv.conf, root hints and trust
    /// anchor (sources.hpp), public suffixes. Listeners, threads and the cache's size stay as they were started (their settings say so:
    /// reload class "restart"). An error leaves everything as it was.
    [[nodiscard]] Expected<void> reload(std::shared_ptr<const Settings> settings);

    /// Takes no new connections, lets messages under way finish; true when all did within the time allowed. The Service is stopped then.
    bool drain(std::chrono::milliseconds patience);

  private:
    struct State;
    explicit Service(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace bonafide::engine
