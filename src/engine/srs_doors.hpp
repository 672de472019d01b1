// The SRS doors: where a mail server asks for rewritten senders and for the addresses behind them, by socketmap (maps srs_forward and
// srs_reverse) and by tcp_table (a port each). An address that is not rewritten is "not found", so that the mail goes on with the one it
// has; what we cannot tell is a temporary failure. No answer is ever another address than the rewriter's.
//
// Order: start() and the destructor on the io_context's thread or while it does not run; the rest from any thread.
#pragma once

#include "base/error.hpp"
#include "engine/clock.hpp"
#include "engine/settings.hpp"
#include "io/log.hpp"
#include "io/map_server.hpp"
#include "io/metrics.hpp"
#include "srs/srs.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

enum class SrsMap : std::uint8_t { forward, reverse };
inline constexpr std::string_view srs_forward_map = "srs_forward", srs_reverse_map = "srs_reverse";

/// The answers without the sockets. Thread-safe.
class SrsAnswers {
  public:
    explicit SrsAnswers(io::Logger& log, std::function<std::int64_t()> unix_time = Clock{}.unix_time)
        : log_(log), unix_time_(std::move(unix_time)) {}

    void use(std::shared_ptr<const srs::Rewriter> rewriter);
    [[nodiscard]] io::MapAnswer look_up(SrsMap map, std::string_view address);
    /// By the name of a map; another name is a permanent failure.
    [[nodiscard]] io::MapAnswer look_up(const io::MapRequest& request);
    void register_metrics(io::Metrics& metrics) const;

  private:
    static constexpr std::size_t causes = static_cast<std::size_t>(srs::Cause::too_long) + 1;
    struct Counts {
        std::atomic<std::uint64_t> rewritten = 0;
        std::array<std::atomic<std::uint64_t>, causes> refused{};
    };
    void tell(SrsMap map, std::string_view address, const std::expected<std::string, srs::Cause>& answer);

    io::Logger& log_;
    std::function<std::int64_t()> unix_time_;
    mutable std::mutex mutex_; ///< guards rewriter_
    std::shared_ptr<const srs::Rewriter> rewriter_;
    std::array<Counts, 2> counts_{}; ///< by map
};

class SrsDoors {
  public:
    /// Null where no setting names an address. Errors: as read_rewriter(); an address that cannot be listened on.
    [[nodiscard]] static Expected<std::unique_ptr<SrsDoors>>
    start(boost::asio::io_context& context, const Settings& settings, io::Logger& log, io::Metrics& metrics);

    /// A reload in two steps: domain, secrets and the rest are read, errors as read_rewriter(); then they are used. Addresses stay.
    using Prepared = std::shared_ptr<const srs::Rewriter>;
    [[nodiscard]] static Expected<Prepared> prepare(const Settings& settings);
    void use(Prepared prepared);
    /// As bound.
    [[nodiscard]] const std::vector<std::string>& addresses() const& { return addresses_; }

  private:
    SrsDoors(boost::asio::io_context& context, const Settings& settings, io::Logger& log);
    [[nodiscard]] Expected<void> listen(const Settings::Srs& settings);

    SrsAnswers answers_;
    std::vector<std::string> addresses_;
    io::MapServer server_; // last: it asks the others
};

} // namespace bonafide::engine
